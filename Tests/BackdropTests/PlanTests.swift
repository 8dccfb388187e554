import Testing

@testable import Backdrop

/// The plans of steps: with the default masks, without masks, and in between.
@Suite struct PlanTests {
  /// The plan of the reference network for 1024 x 1024, batches of 8, 256 MiB and two threads, unless given.
  private static func plan(
    _ fine: Double, _ coarse: Double, memory: Int = 256, step: Int = 1, choice: PlanChoice = .fastest
  ) throws -> (plan: Plan, checkpoints: Checkpoints) {
    let network = try Network.reference(side: 1024, outputs: 4, fineMask: fine, coarseMask: coarse)
    let program = try Program(network, side: 1024)
    func masks(_ step: Int) -> [Int: Mask] { program.drawMasks(samples: 0..<8, of: 8, seed: 0, step: step) }
    let checkpoints = Checkpoints(
      program, masks(0), Checkpoints.Memory(samples: 8, threads: 2, activations: memory << 20), choice)
    return (Plan(checkpoints, masks(step), samples: 8, wantsInput: false, choice), checkpoints)
  }

  /// The segments of convolutions are computed through crops, whatever the masks: none of their activations is kept
  /// whole.
  @Test(arguments: [(0.85, 0.95), (0.85, 0.75), (0.5, 0.5), (0, 0)], [64, 256])
  func largeMapsAreNeverWhole(masks: (fine: Double, coarse: Double), memory: Int) throws {
    let (plan, _) = try Self.plan(masks.fine, masks.coarse, memory: memory)
    guard case .crops = try #require(plan.segments.first).method else {
      Issue.record("the first segment is computed whole")
      return
    }
    #expect(plan.report(samples: 8).keptBytes <= memory << 20)
  }

  /// Positions that the coarse mask's cells do not reach are not live, whether the coarse segment is computed whole or
  /// not.
  @Test(arguments: [PlanChoice.fastest, .whole, .crops(square: 1, checkpoints: false)])
  func reachPassesThroughEverySegment(choice: PlanChoice) throws {
    let strong = try Self.plan(0.85, 0.95, choice: choice).plan
    let weak = try Self.plan(0.85, 0, choice: choice).plan
    // The fine mask keeps 15% of 32 x 32 cells, and one cell of the coarse mask's 4 x 4 reaches at most 15 x 15.
    let places = 8.0 * 32 * 32
    let ofFine = { (plan: Plan) in plan.keptFraction * (places + 8 * 16) }
    #expect(ofFine(weak) > 0.12 * places)
    #expect(ofFine(strong) < 0.06 * places)
  }

  /// Weaker masks cost more, and no masks cost the most.
  @Test func workGrowsWithTheLivePositions() throws {
    let work = try [(0.85, 0.95), (0.85, 0.75), (0.5, 0.5), (0, 0)].map {
      try Self.plan($0.0, $0.1).plan.report(samples: 8).multiplyAdds
    }
    #expect(work == work.sorted())
    let forward = try #require(work.first)
    #expect(work[3] > 1.5 * forward)
  }

  @Test func planIsDeterminedByTheSeed() throws {
    let (first, second) = (try Self.plan(0.85, 0.75), try Self.plan(0.85, 0.75))
    #expect(first.plan.segments.map(\.method) == second.plan.segments.map(\.method))
    #expect(first.plan.cropCount > 0)
  }

  /// A sample that takes no part in the loss has no crops.
  @Test func batchMaskLeavesCropsOfItsSamplesOnly() throws {
    var layers = try Network.reference(side: 64, outputs: 1, fineMask: 0, coarseMask: 0).layers
    layers.append(.backdrop(0.5, axes: [.sample], fixedElement: [2]))
    let program = try Program(Network(layers: layers), side: 64)
    let masks = program.drawMasks(samples: 0..<5, of: 5, seed: 0, step: 0)
    let choice = PlanChoice.crops(square: 1, checkpoints: false)
    let checkpoints = Checkpoints(
      program, masks, Checkpoints.Memory(samples: 5, threads: 2, activations: 1 << 28), choice)
    let plan = Plan(checkpoints, masks, samples: 5, wantsInput: false, choice)
    var count = 0
    for segment in plan.segments {
      guard case .crops(.known(let crops), _) = segment.method else { continue }
      count += crops.count
      #expect(crops.allSatisfy { $0.sample == 2 })
    }
    #expect(count > 0)
  }

  /// Crops with a side of 65,000 pixels would be useless, and none is created.
  @Test func hugeCropsAreNotCreated() throws {
    let wide = Layer.convolution(1, kernel: 256, stride: 256, padding: 250)
    let deep = (0..<8).map { _ in Layer.convolution(1, kernel: 1, stride: 1024) }
    for layers in [[wide, wide, .backdrop(0.5), .flatten, .linear(2)], deep + [.backdrop(0.5), .flatten, .linear(2)]] {
      let model = try Model(Network(layers: layers), side: 64, batchSize: 1)
      let gradients = try model.gradients(NetworkFixture.images(count: 64 * 64), step: 0) { $0 }
      #expect(gradients.allSatisfy { $0.isFinite })
    }
  }
}
