import Foundation
import Testing

@testable import Backdrop

@Suite struct OptimizerTests {
  private struct Expected: Decodable {
    let start: [Float]
    let gradients: [[Float]]
    let learningRates: [Double]
    let runs: [Run]
    let clipping: [Clipping]

    struct Run: Decodable {
      let rule: String
      let momentum: Double?
      let nesterov: Bool?
      let betas: [Double]?
      let epsilon: Double?
      let weightDecay: Double
      /// After each step.
      let weights: [[Float]]
      /// After the last step.
      let state: [String: [Float]]
    }

    struct Clipping: Decodable {
      let gradient: [Float]
      let maximum: Double
      let norm: Double
      let clipped: [Float]
    }
  }

  private static func rule(of run: Expected.Run) throws -> UpdateRule {
    if run.rule == "sgd" {
      return .sgd(momentum: try #require(run.momentum), nesterov: try #require(run.nesterov as Bool?))
    }
    let (betas, epsilon) = (try #require(run.betas), try #require(run.epsilon))
    return run.rule == "adam"
      ? .adam(beta1: betas[0], beta2: betas[1], epsilon: epsilon)
      : .adamW(beta1: betas[0], beta2: betas[1], epsilon: epsilon)
  }

  @Test func fiveStepsOfEveryRuleArePyTorchs() throws {
    let expected = try FixtureFile.decode(Expected.self, "optimizers.json")
    #expect(expected.runs.count == 10)
    for (index, run) in expected.runs.enumerated() {
      var optimizer = Optimizer(
        try Self.rule(of: run), weightDecay: run.weightDecay, parameterCount: expected.start.count)
      var weights = expected.start
      // The maximum magnitude that each weight has had: a weight that approaches zero keeps the rounding errors of
      // larger values.
      var sizes = weights.map { Double(abs($0)) }
      for step in run.weights.indices {
        optimizer.step(&weights, gradients: expected.gradients[step], learningRate: expected.learningRates[step])
        for (i, weight) in run.weights[step].enumerated() {
          sizes[i] = max(sizes[i], Double(abs(weight)))
          #expect(
            agree(Double(weights[i]), Double(weight), relative: 0, absolute: 5e-7 * sizes[i]),
            "run \(index), step \(step)")
        }
      }
      #expect(optimizer.stepCount == 5)
      #expect(Set(optimizer.state.keys) == Set(run.state.keys), "run \(index)")
      for (name, values) in run.state {
        let found = try #require(optimizer.state[name])
        for (a, b) in zip(found, values) {
          #expect(agree(Double(a), Double(b), relative: 1e-5), "run \(index), \(name)")
        }
      }
    }
  }

  @Test func restoredOptimizerContinuesBitForBit() throws {
    let expected = try FixtureFile.decode(Expected.self, "optimizers.json")
    for run in expected.runs {
      let rule = try Self.rule(of: run)
      var optimizer = Optimizer(rule, weightDecay: run.weightDecay, parameterCount: expected.start.count)
      var weights = expected.start
      for gradient in expected.gradients.prefix(2) { optimizer.step(&weights, gradients: gradient, learningRate: 0.1) }
      var other = Optimizer(rule, weightDecay: run.weightDecay, parameterCount: expected.start.count)
      try other.restore(stepCount: optimizer.stepCount, state: optimizer.state)
      var otherWeights = weights
      for gradient in expected.gradients.dropFirst(2) {
        optimizer.step(&weights, gradients: gradient, learningRate: 0.1)
        other.step(&otherWeights, gradients: gradient, learningRate: 0.1)
      }
      #expect(weights == otherWeights)
      #expect(optimizer.state == other.state)
    }
  }

  @Test func zeroLearningRateChangesNoWeight() throws {
    let expected = try FixtureFile.decode(Expected.self, "optimizers.json")
    for run in expected.runs {
      var optimizer = Optimizer(
        try Self.rule(of: run), weightDecay: run.weightDecay, parameterCount: expected.start.count)
      var weights = expected.start
      for gradient in expected.gradients { optimizer.step(&weights, gradients: gradient, learningRate: 0) }
      #expect(weights == expected.start)
    }
  }

  @Test func stateOfAnotherOptimizerIsRefused() throws {
    var optimizer = Optimizer(.adam(), parameterCount: 2)
    let states: [(Int, [String: [Float]])] = [
      (1, ["momentum_buffer": [1, 2]]), (1, [:]), (1, ["exp_avg": [1, 2]]),
      (1, ["exp_avg": [1, 2], "exp_avg_sq": [1, 2, 3]]), (-1, ["exp_avg": [1, 2], "exp_avg_sq": [1, 2]]),
    ]
    for (stepCount, state) in states {
      let error = #expect(throws: BackdropError.self) { try optimizer.restore(stepCount: stepCount, state: state) }
      #expect(error?.code == .foreignCheckpoint)
    }
    #expect(optimizer.stepCount == 0)
    #expect(optimizer.state == ["exp_avg": [0, 0], "exp_avg_sq": [0, 0]])
  }

  @Test func clippedGradientsArePyTorchs() throws {
    let cases = try FixtureFile.decode(Expected.self, "optimizers.json").clipping
    #expect(!cases.isEmpty)
    for expected in cases {
      var gradient = expected.gradient
      #expect(agree(clipGradientNorm(&gradient, to: expected.maximum), expected.norm, relative: 1e-6))
      for (a, b) in zip(gradient, expected.clipped) { #expect(agree(Double(a), Double(b), relative: 1e-6)) }
    }
  }

  @Test func nanGradientsArePropagated() {
    var gradient: [Float] = [1, .nan, 2]
    #expect(clipGradientNorm(&gradient, to: 1).isNaN)
    #expect(gradient.allSatisfy { $0.isNaN })
  }

  @Test(arguments: [
    (UpdateRule.sgd(momentum: 1, nesterov: false), 0.0), (.sgd(momentum: -0.1, nesterov: false), 0),
    (.sgd(momentum: .nan, nesterov: false), 0), (.sgd(momentum: 0, nesterov: true), 0), (.adam(beta1: 1), 0),
    (.adamW(beta2: -1), 0), (.adam(epsilon: 0), 0), (.adamW(epsilon: .infinity), 0), (.adam(), -1), (.adam(), .nan),
  ])
  func impossibleRulesAreRefused(rule: UpdateRule, weightDecay: Double) {
    let error = #expect(throws: BackdropError.self) { try rule.check(weightDecay: weightDecay) }
    #expect(error?.code == .invalidOptions)
  }

  @Test(arguments: [UpdateRule.sgd(), .sgd(momentum: 0.9, nesterov: true), .adam(), .adamW()])
  func usualRulesAreAccepted(rule: UpdateRule) throws {
    try rule.check(weightDecay: 0.01)
  }
}
