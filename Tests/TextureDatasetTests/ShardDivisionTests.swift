import Testing

@testable import TextureDataset

@Suite struct ShardDivisionTests {
  @Test func everyShardHasTheTaskThatMakesIt() throws {
    for (shards, tasks) in [(1, 1), (7, 1), (7, 7), (7, 3), (64, 10), (1000, 200), (1000, 999), (97, 96)] {
      let division = try ShardDivision(samples: nil, shardCount: shards, taskCount: tasks)
      let ranges = (0..<tasks).map { division.shards(ofTask: $0) }
      #expect(ranges.flatMap { $0 } == Array(0..<shards))
      #expect(ranges.allSatisfy { !$0.isEmpty })
      for (task, range) in ranges.enumerated() {
        #expect(range.allSatisfy { division.task(ofShard: $0) == task }, "\(shards) shards, \(tasks) tasks")
      }
    }
  }

  @Test func emptyPartsAreRefused() throws {
    for (samples, shards, tasks, message) in [
      (8, 9, 1, "9 shards for 8 samples: expected at most one shard per sample"),
      (8, 2, 3, "3 tasks for 2 shards: expected at least one shard per task"),
      (nil, 100_000, 1, "100000 shards: expected at most 99999"),
    ] as [(Int?, Int, Int, String)] {
      let error = try #require(throws: DatasetError.self) {
        _ = try ShardDivision(samples: samples, shardCount: shards, taskCount: tasks)
      }
      #expect(error.message == message)
    }
  }

  @Test func rangesAreJoined() {
    #expect(rangeList([]) == "")
    #expect(rangeList([4]) == "4")
    #expect(rangeList([0, 3, 4, 5, 9, 10]) == "0,3-5,9-10")
  }
}
