import Foundation
import Testing

@testable import TextureDataset

/// A dry run and the run refuse the same before anything is written.
@Suite struct DatasetPlanTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  /// The state of a folder before a run of `small()` in two shards.
  enum State: CaseIterable {
    case empty, finished, unfinished, unfinishedIndex, smaller, larger, otherRecipe, otherCount, otherCountUnfinished
    case folderInTheWay, renamedIndex, damagedShard
  }

  private func make(_ state: State) throws {
    switch state {
    case .empty: break
    case .finished: try folder.make(.small(), shards: 2)
    case .unfinished: try folder.interrupt(.small(), shards: 2, after: 3)
    case .unfinishedIndex: try folder.write("", to: "data.h5.partial")
    case .smaller: try folder.make(.small(samples: 5), shards: 2)
    case .larger: try folder.make(.small(samples: 20), shards: 2)
    case .otherRecipe: try folder.make(.small(seed: 8), shards: 2)
    case .otherCount: try folder.make(.small(), shards: 3)
    case .otherCountUnfinished: try folder.interrupt(.small(), shards: 3, after: 3)
    case .folderInTheWay:
      try FileManager.default.createDirectory(atPath: folder("data.h5.partial"), withIntermediateDirectories: false)
    case .renamedIndex:
      try folder.make(.small(samples: 5), shards: 2)
      try FileManager.default.moveItem(atPath: folder("data.h5"), toPath: folder("other.h5"))
    case .damagedShard:
      try folder.make(.small(), shards: 2)
      truncate(folder("data-00001-of-00002.h5"), 1000)
    }
  }

  @Test(arguments: State.allCases, [DatasetGenerator.Policy.refuse, .resume, .replace])
  func dryRunRefusesTheSameAsTheRun(state: State, policy: DatasetGenerator.Policy) throws {
    try make(state)
    for task in [DatasetGenerator.ArrayTask(index: 1, count: 2), nil] {
      let before = try folder.names
      let generator = try folder.generator(.small(), shards: 2, task: task, policy: policy)
      let refusal = generator.refusal
      #expect(try folder.names == before, "a dry run changes nothing")
      // A run that may begin, but is stopped at once, creates no shard.
      let run = Result { () throws(DatasetError) in try generator.run(shouldContinue: { false }) }
      let error: DatasetError? = if case .failure(let error) = run { error } else { nil }
      if let refusal {
        #expect(error?.code == refusal.code && error?.message == refusal.message)
        #expect(try folder.names == before, "a run that is refused changes nothing")
      } else {
        #expect(try error?.code == .interrupted || run.get().wasFinished)
      }
    }
  }

  @Test func finishedDatasetHasNoPlan() throws {
    try folder.make(.small(), shards: 2)
    let generator = try folder.generator(.small(), shards: 2, policy: .resume)
    let plan = try DatasetPlan(generator)
    #expect(plan == nil)
    #expect(generator.refusal == nil)
  }
}
