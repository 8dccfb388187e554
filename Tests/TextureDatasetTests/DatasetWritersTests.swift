import Foundation
import Testing

@testable import TextureDataset

/// Several processes that write one dataset, by accident or as tasks.
@Suite struct DatasetWritersTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  // MARK: Two writers

  @Test(arguments: [DatasetGenerator.Policy.refuse, .resume, .replace], [1, 3])
  func secondWriterIsRefused(policy: DatasetGenerator.Policy, shards: Int) throws {
    let recipe = try Recipe.small()
    let reports = Counter()
    let (first, second) = (
      try folder.generator(recipe, shards: shards, threads: 1),
      try folder.generator(recipe, shards: shards, policy: policy, threads: 1)
    )
    _ = try first.run(report: { _ in
      // Begin a second run during the first.
      guard reports.next() == 5 else { return }
      let error = #expect(throws: DatasetError.self) { try second.run() }
      #expect(error?.code == .outputLocked)
      #expect(error?.message.contains("another process is writing it") == true)
    })
    #expect(reports.value > 5)
    #expect(try folder.files == DatasetFolder.files(of: recipe, shards: shards))
  }

  @Test(arguments: [DatasetGenerator.Policy.refuse, .resume, .replace])
  func wholeRunIsRefusedWhileATaskWrites(policy: DatasetGenerator.Policy) throws {
    let recipe = try Recipe.small()
    let reports = Counter()
    let task = DatasetGenerator.ArrayTask(index: 1, count: 2)
    let first = try folder.generator(recipe, shards: 4, task: task, threads: 1)
    let second = try folder.generator(recipe, shards: 4, policy: policy, threads: 1)
    let folder = folder
    _ = try first.run(report: { _ in
      guard reports.next() == 3 else { return }
      let error = #expect(throws: DatasetError.self) { try second.run() }
      #expect(error?.code == .outputLocked)
      #expect(
        (try? folder.names) == ["data-00002-of-00004.h5.partial", "data-00003-of-00004.h5.partial"],
        "the second leaves nothing of its own")
    })
    #expect(reports.value > 3)
    let expected = try DatasetFolder.files(of: recipe, shards: 4)
    #expect(try folder.files == expected.filter { $0.key.contains("-00002-") || $0.key.contains("-00003-") })
  }

  @Test func lockIsReleased() throws {
    try folder.interrupt(.small(), shards: 2, after: 3)
    try folder.interrupt(.small(), shards: 2, policy: .resume, after: 3)
    try folder.make(.small(), shards: 2, policy: .replace)
    try folder.make(.small(), shards: 2, policy: .replace)
  }

  // MARK: Tasks

  @Test(arguments: [1, 2, 3, 5])
  func tasksMatchASingleRun(tasks: Int) throws {
    let recipe = try Recipe.small(samples: 13)
    var samples: [Int] = []
    for index in (0..<tasks).reversed() {
      let task = DatasetGenerator.ArrayTask(index: index, count: tasks)
      let generator = try folder.generator(recipe, shards: 5, task: task)
      #expect(!generator.shards.isEmpty)
      samples = Array(generator.samples) + samples
      let summary = try generator.run()
      #expect(summary.files == generator.shards.map { generator.names.shard($0) })
      #expect(summary.progress.total == generator.samples.count)
    }
    #expect(samples == Array(0..<13))
    let made = try DatasetIndex.create(at: folder("data.h5"), replace: false)
    #expect(made.recipe == recipe && made.names.shardCount == 5)
    #expect(try folder.files == DatasetFolder.files(of: recipe, shards: 5))
  }

  @Test func interruptedTaskIsResumed() throws {
    let recipe = try Recipe.small()
    let tasks = (0..<2).map { DatasetGenerator.ArrayTask(index: $0, count: 2) }
    try folder.interrupt(recipe, shards: 4, task: tasks[0], after: 2)
    try folder.make(recipe, shards: 4, task: tasks[1])
    #expect(try folder.make(recipe, shards: 4, task: tasks[0], policy: .resume).progress.kept == 2)
    #expect(try folder.make(recipe, shards: 4, task: tasks[1], policy: .resume).wasFinished)
    _ = try DatasetIndex.create(at: folder("data.h5"), replace: false)
    #expect(try folder.files == DatasetFolder.files(of: recipe, shards: 4))
  }

  @Test func wholeRunFinishesWhatATaskBegan() throws {
    let recipe = try Recipe.small()
    try folder.make(recipe, shards: 4, task: DatasetGenerator.ArrayTask(index: 0, count: 2))
    #expect(try folder.make(recipe, shards: 4, policy: .resume).progress.kept == 5)
    #expect(try folder.files == DatasetFolder.files(of: recipe, shards: 4))
  }
}
