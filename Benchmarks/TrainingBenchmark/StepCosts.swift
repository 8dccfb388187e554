import Backdrop
import Foundation

/// Measures backward passes, to which `Benchmarks/cost_model.py` fits the cost model: convolutions of stride 2 on
/// textures of several sizes, with masks of several densities, each in every way that a plan may choose. Prints a line
/// of JSON for each.
struct StepCosts {
  /// The minimum number of steps timed in each way; short steps are timed up to four times as often.
  let rounds: Int
  let threads: Int

  /// The computation to measure: a network, a batch, and the fraction of it that carries gradient.
  struct Task {
    var kernel = 3
    var channels = 64
    /// Convolutions between the masks.
    var depth: Int
    /// H and W of the images.
    var side: Int
    var batch: Int
    /// The fraction of output positions that carry gradient; 0 for a single position.
    var live: Double
    /// Whether a 5 x 5 convolution and a mask that blocks nothing come first.
    var isDeep: Bool

    /// The approximate H and W of the convolutions' output.
    var outputSide: Int { side >> (depth + (isDeep ? 1 : 0)) }
  }

  /// One way to compute a task.
  private struct Way {
    let name: String
    let together: Int
    let model: Model
    /// Times by round and piece, in nanoseconds.
    var forward: [[Double]] = []
    var backward: [[Double]] = []
  }

  /// Measures backward passes on whole maps and through crops of every side, with and without checkpoints.
  ///
  /// - Parameter sparsity: one of this number of tasks is measured.
  func measureWays(sparsity: Int) throws {
    var tasks: [Task] = []
    for kernel in [3, 2] {
      for channels in [64, 32] {
        for depth in 1...4 {
          for (side, batch) in [(32, 8), (64, 4), (128, 2), (256, 1), (512, 1)] {
            for live in [0, 0.05, 0.3, 1] {
              for isDeep in [true, false] {
                tasks.append(
                  Task(
                    kernel: kernel, channels: channels, depth: depth, side: side, batch: batch, live: live,
                    isDeep: isDeep))
              }
            }
          }
        }
      }
    }
    // A few tasks whose maps do not fit into any cache.
    for depth in [2, 3] {
      for live in [0.05, 1] { tasks.append(Task(depth: depth, side: 1024, batch: 1, live: live, isDeep: false)) }
    }
    for (number, task) in tasks.filter({ $0.outputSide >= 2 }).enumerated() where number % sparsity == 0 {
      var choices: [(String, PlanChoice)] = [("whole", .whole)]
      for square in [1, 2, 4, 8, 16] where square <= task.outputSide {
        choices.append(("crops of \(square)", .crops(square: square, checkpoints: false)))
        guard task.depth > 1 else { continue }
        choices.append(("crops of \(square), checkpoints", .crops(square: square, checkpoints: true)))
      }
      try measure(task, "\(number)", choices)
    }
  }

  /// Measures backward passes through crops of one side, for different numbers of crops computed together.
  ///
  /// - Parameter sparsity: one of this number of tasks is measured.
  func measurePasses(sparsity: Int) throws {
    var number = 0
    for kernel in [3, 2] {
      for depth in 1...3 {
        for (side, batch) in [(128, 4), (512, 1)] {
          for square in [1, 2, 4, 8] {
            number += 1
            guard number % sparsity == 0 else { continue }
            let task = Task(kernel: kernel, depth: depth, side: side, batch: batch, live: 0.5, isDeep: true)
            let choices = [1, 4, 16, 32, 64, 128, 256, 512, 1024].map { (together: Int) in
              ("\(together) together", PlanChoice.crops(square: square, checkpoints: false, together: together))
            }
            try measure(task, "passes \(number)", choices)
          }
        }
      }
    }
  }

  private func measure(_ task: Task, _ name: String, _ choices: [(name: String, choice: PlanChoice)]) throws {
    let network = task.network
    let masks = try task.masks(network)
    let images = (0..<task.batch * task.side * task.side).map { Float($0 * 7919 % 1000) / 1000 - 0.5 }
    var ways = try choices.map { name, choice in
      let model = try Model(
        network, side: task.side, batchSize: task.batch, threads: threads, activationMemory: 4 << 30)
      model.planChoice = choice
      model.maskOverrides = masks
      var together = 0
      if case .crops(_, _, let wanted) = choice { together = wanted ?? 0 }
      return Way(name: name, together: together, model: model)
    }
    // The forward pass that plans without checkpoints share.
    let plain = try Model(network, side: task.side, batchSize: task.batch, threads: threads, activationMemory: 4 << 30)
    plain.planChoice = .crops(square: 1, checkpoints: false)
    plain.maskOverrides = masks
    _ = try plain.gradients(images.span, step: 0) { $0.map { _ in 1 } }
    var plainForward: [[Double]] = []

    // The ways take turns. The first round creates the kernels; the second determines the number of rounds.
    var (round, last) = (0, rounds)
    while round <= last {
      let start = ContinuousClock.now
      for way in ways.indices {
        let model = ways[way].model
        _ = try model.gradients(images.span, step: round) { $0.map { _ in 1 } }
        guard round > 0 else { continue }
        ways[way].forward.append(model.lastCosts.map { $0.forward / .nanoseconds(1) })
        ways[way].backward.append(model.lastCosts.map { $0.backward / .nanoseconds(1) })
      }
      _ = try plain.predict(images.span)
      if round > 0 { plainForward.append(plain.lastCosts.map { $0.forward / .nanoseconds(1) }) }
      if round == 1 {
        let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
        last = max(rounds, min(4 * rounds, Int(60 / milliseconds)))
      }
      round += 1
    }

    let forward = medians(plainForward)
    // All pieces except the last, which is never divided.
    for piece in 0..<forward.count - 1 {
      for way in ways {
        let cost = way.model.lastCosts[piece]
        // Plans through crops without checkpoints have the same forward pass; a difference would be noise.
        let isPlain = way.name != "whole" && !way.name.hasSuffix("checkpoints")
        let extra = isPlain ? 0 : medians(way.forward)[piece] - forward[piece]
        let line = Line(
          task: "\(name), layers \(cost.layers.lowerBound)-\(cost.layers.upperBound)", way: way.name,
          together: way.together, largestLevelBytes: cost.largestLevelBytes, forward: forward[piece],
          nanoseconds: Double(threads) * (medians(way.backward)[piece] + extra),
          work: Dictionary(uniqueKeysWithValues: cost.work.map { ($0.name, $0.amount) }))
        print(String(decoding: try JSONEncoder().encode(line), as: UTF8.self))
      }
    }
  }

  /// The median of each column.
  private func medians(_ rows: [[Double]]) -> [Double] {
    rows[0].indices.map { column in rows.map { $0[column] }.sorted()[rows.count / 2] }
  }

  /// A line of the output.
  private struct Line: Encodable {
    let task: String
    let way: String
    let together: Int
    let largestLevelBytes: Int
    /// The time of a forward pass that keeps no activations, in nanoseconds.
    let forward: Double
    /// The time of the backward pass, plus what keeping activations adds to the forward pass, summed over threads.
    let nanoseconds: Double
    let work: [String: Double]
  }
}

extension StepCosts.Task {
  fileprivate var network: Network {
    func convolution(_ kernel: Int) -> [Layer] {
      [.convolution(channels, kernel: kernel, stride: 2, padding: (kernel - 1) / 2), .relu]
    }
    let below = isDeep ? convolution(5) + [.backdrop(0.5)] : []
    let measured = (0..<depth).flatMap { _ in convolution(kernel) }
    return Network(layers: below + measured + [.backdrop(0.5), .globalAveragePool, .flatten, .linear(1)])
  }

  /// The masks by layer: the first blocks nothing, and the second keeps the fraction ``live``.
  fileprivate func masks(_ network: Network) throws -> [Int: Mask] {
    let shapes = try network.shapes(side: side)
    var masks: [Int: Mask] = [:]
    for layer in network.layers.indices where network.layers[layer] == .backdrop(0.5) {
      let (height, width) = (shapes[layer].height, shapes[layer].width)
      var values = [Float](repeating: 1, count: batch * height * width)
      if layer > 2 || !isDeep {
        var state: UInt64 = 1
        for place in values.indices {
          state = state &* 6_364_136_223_846_793_005 &+ 1
          values[place] = Double(state >> 32) < live * 0x1p32 ? 1 : 0
        }
        if !values.contains(1) { values[height / 2 * width + width / 2] = 1 }
      }
      masks[layer] = Mask(extents: [batch, 1, height, width], values: values)
    }
    return masks
  }
}
