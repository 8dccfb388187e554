/// How shards are divided among tasks: as even as can be, in order.
public struct ShardDivision: Sendable {
  /// How many shards.
  public let shardCount: Int
  /// How many tasks.
  public let taskCount: Int

  /// - Parameter samples: that the shards hold in all; nil where that is not known.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe` where a shard would be without samples, or a task without shards.
  public init(samples: Int?, shardCount: Int, taskCount: Int = 1) throws(DatasetError) {
    precondition(taskCount >= 1)
    guard (1...OutputNames.maximumShardCount).contains(shardCount) else {
      throw DatasetError(
        .invalidRecipe, "\(shardCount) shards: expected at most \(OutputNames.maximumShardCount)")
    }
    if let samples, shardCount > samples {
      throw DatasetError(
        .invalidRecipe,
        "\(shardCount) shards for \(counted(samples, "sample")): expected at most one shard per sample")
    }
    guard taskCount <= shardCount else {
      throw DatasetError(
        .invalidRecipe,
        "\(taskCount) tasks for \(counted(shardCount, "shard")): expected at least one shard a task")
    }
    self.shardCount = shardCount
    self.taskCount = taskCount
  }

  /// A task's shards; never none.
  public func shards(ofTask task: Int) -> Range<Int> {
    task * shardCount / taskCount..<(task + 1) * shardCount / taskCount
  }

  /// The task that makes a shard: the last whose shards begin at this one or before, ⌊t S / T⌋ <= s, so t < (s + 1) T / S.
  public func task(ofShard shard: Int) -> Int { ((shard + 1) * taskCount - 1) / shardCount }
}

/// Whole numbers as a list of ranges, as sbatch's `--array` takes them: "0,3-5,9".
///
/// - Parameter numbers: ascending, none twice.
package func rangeList(_ numbers: [Int]) -> String {
  var ranges: [ClosedRange<Int>] = []
  for number in numbers {
    if let last = ranges.last, last.upperBound == number - 1 {
      ranges[ranges.count - 1] = last.lowerBound...number
    } else {
      ranges.append(number...number)
    }
  }
  return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
}
