/// The division of shards among tasks: in order, as evenly as possible.
public struct ShardDivision: Sendable {
  /// The number of shards.
  public let shardCount: Int
  /// The number of tasks.
  public let taskCount: Int

  /// - Parameters:
  ///   - samples: the number of samples in all shards; nil if unknown.
  ///   - shardCount: the number of shards.
  ///   - taskCount: the number of tasks.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe` if a shard would have no samples, or a task no shards.
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
        "\(taskCount) tasks for \(counted(shardCount, "shard")): expected at least one shard per task")
    }
    self.shardCount = shardCount
    self.taskCount = taskCount
  }

  /// A task's shards, at least one.
  public func shards(ofTask task: Int) -> Range<Int> {
    task * shardCount / taskCount..<(task + 1) * shardCount / taskCount
  }

  /// The task that makes a shard: the last task t whose first shard ⌊t S / T⌋ is <= s, so t < (s + 1) T / S.
  public func task(ofShard shard: Int) -> Int { ((shard + 1) * taskCount - 1) / shardCount }
}

/// Integers as a list of ranges in the form of sbatch's `--array`: "0,3-5,9".
///
/// - Parameter numbers: strictly ascending.
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
