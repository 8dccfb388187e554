import Foundation
import GaussianField
import Testing

@testable import Backdrop

@Suite struct LossTests {
  private struct Case: Decodable {
    let name: String
    let outputCount: Int
    let outputs: [Float]
    let targets: [Int]?
    let numbers: [Float]?
    let probabilities: [Float]?
    let loss: Double
    let gradient: [Double]

    var comparison: Targets? {
      targets.map { .classes($0) } ?? numbers.map { .numbers($0) } ?? probabilities.map { .probabilities($0) }
    }
  }

  private static let losses: [String: Loss] = [
    "cross-entropy": .crossEntropy, "logistic": .auc(.logistic), "squared-hinge": .auc(.squaredHinge),
    "soft-f1": .softF1, "mse": .meanSquaredError, "binary-cross-entropy": .binaryCrossEntropy,
  ]

  @Test func lossesAndGradientsAreThoseOfPyTorch() throws {
    let cases = try FixtureFile.decode([Case].self, "losses.json")
    #expect(Set(cases.map(\.name)) == Set(Self.losses.keys))
    for (index, expected) in cases.enumerated() {
      let loss = try #require(Self.losses[expected.name])
      let value = loss.evaluate(
        outputs: expected.outputs, outputCount: expected.outputCount, targets: try #require(expected.comparison))
      // In double precision; PyTorch's softplus switches to the identity above 20, which is off by 2e-9.
      let found = try #require(value.loss)
      #expect(agree(found, expected.loss, relative: 1e-8, absolute: 1e-12), "case \(index), \(expected.name)")
      try #require(value.gradient.count == expected.gradient.count)
      let maximum = expected.gradient.map(abs).max() ?? 0
      for (found, expected) in zip(value.gradient, expected.gradient) {
        #expect(agree(Double(found), expected, relative: 2e-7, absolute: 1e-8 * maximum), "case \(index)")
      }
    }
  }

  /// Central differences of the loss. Their error is about h² times the third derivative, plus the rounding of the
  /// shifted logits. h = 2⁻⁸ shifts them exactly, and 1e-4 of the maximum component is ten times the remaining error.
  @Test(arguments: [Loss.crossEntropy, .binaryCrossEntropy, .auc(.logistic), .auc(.squaredHinge), .softF1])
  func gradientIsTheSlopeOfTheLoss(loss: Loss) throws {
    // No pair's difference is within 2h of 1, the hinge's corner.
    let outputs: [Float] = [0.515625, -1.25, 0.28125, 2.015625, -0.75, 0.4375, -2.125, 1.171875]
    let outputCount = loss.isBinary ? 1 : 2
    let targets = loss.isBinary ? [1, 0, 0, 1, 1, 0, 0, 1] : [1, 0, 0, 1]
    func value(_ outputs: [Float]) -> Loss.Value {
      loss.evaluate(outputs: outputs, outputCount: outputCount, targets: targets)
    }
    let gradient = value(outputs).gradient
    let maximum = try #require(gradient.map { Double(abs($0)) }.max())
    #expect(maximum > 0)
    for i in outputs.indices {
      var (above, below) = (outputs, outputs)
      above[i] += 0x1p-8
      below[i] -= 0x1p-8
      let slope = (try #require(value(above).loss) - #require(value(below).loss)) / 0x1p-7
      #expect(agree(slope, Double(gradient[i]), relative: 0, absolute: 1e-4 * maximum), "output \(i)")
    }
  }

  @Test(arguments: AUCSurrogate.allCases)
  func tiesCostWhatADifferenceOfZeroCosts(surrogate: AUCSurrogate) throws {
    let value = Loss.auc(surrogate).evaluate(outputs: [0.5, 0.5, 0.5], outputCount: 1, targets: [1, 0, 0])
    let (cost, slope): (Double, Float) = surrogate == .logistic ? (0.693147180559945309, -0.5) : (1, -2)
    #expect(try agree(#require(value.loss), cost, relative: 1e-15))
    #expect(value.gradient == [slope, -slope / 2, -slope / 2])
  }

  /// Against the sum over pairs, close together and far apart, in one cluster and in two, with ties. Only positive
  /// terms are added, so n additions have a relative error of at most n times 2⁻⁵³, here under 1e-13.
  @Test(arguments: [(spread: Float(1), offset: Float(0)), (30, 0), (0.01, 1000), (3, -1e6), (1e6, 1e3)])
  func squaredHingeIsTheSumOverPairs(spread: Float, offset: Float) throws {
    var (logits, targets): ([Float], [Int]) = ([], [])
    for i in 0..<300 {
      let words = Philox4x32.block(counter: SIMD4(UInt32(i), 0, 0, 0), key: 11)
      let logit = offset + spread * (Float(words.x) * 0x1p-31 - 1)
      logits.append(i % 7 == 3 ? logits[i / 2] : i % 5 == 0 ? -logit : logit)
      targets.append(words.y % 3 == 0 ? 1 : 0)
    }
    var loss = 0.0
    var gradient = [Double](repeating: 0, count: logits.count)
    for positive in logits.indices where targets[positive] == 1 {
      for negative in logits.indices where targets[negative] == 0 {
        let (value, slope) = AUCSurrogate.squaredHinge.value(Double(logits[positive]) - Double(logits[negative]))
        loss += value
        gradient[positive] += slope
        gradient[negative] -= slope
      }
    }
    let positives = targets.reduce(0, +)
    let pairs = Double(positives * (targets.count - positives))
    let value = Loss.auc(.squaredHinge).evaluate(outputs: logits, outputCount: 1, targets: targets)
    #expect(loss > 0)
    #expect(try agree(#require(value.loss), loss / pairs, relative: 1e-13))
    for (found, expected) in zip(value.gradient, gradient) {
      #expect(agree(Double(found), expected / pairs, relative: 1e-7))
    }
  }

  /// 10^10 pairs would take a minute in each epoch. The hinge does not visit each pair; the logistic loss is not
  /// computed.
  @Test func lossesOfManyPairsDoNotVisitAllPairs() throws {
    let targets = (0..<200_000).map { $0 % 2 }
    let outputs = targets.map { Float($0) * 0.5 }
    let hinge = try #require(Loss.auc(.squaredHinge).value(outputs: outputs, outputCount: 1, targets: targets))
    #expect(agree(hinge, 0.25, relative: 1e-9))
    #expect(Loss.auc(.logistic).value(outputs: outputs, outputCount: 1, targets: targets) == nil)
    let few = try #require(Loss.auc(.logistic).value(outputs: [0.5, 0.5], outputCount: 1, targets: [0, 1]))
    #expect(agree(few, 0.693147180559945309, relative: 1e-15))
  }

  @Test(arguments: AUCSurrogate.allCases, [0, 1])
  func areaOfABatchOfOneClassIsUndefined(surrogate: AUCSurrogate, target: Int) {
    let value = Loss.auc(surrogate).evaluate(outputs: [1, -2, 3], outputCount: 1, targets: [target, target, target])
    #expect(value.loss == nil)
    #expect(value.gradient == [0, 0, 0])
  }

  @Test func softF1WithoutPositivesIsOneAndFlatWhateverTheLogits() {
    for logits in [[Float](repeating: 0, count: 3), [-1000, -1000, -1000], [1000, -3, 5]] {
      let value = Loss.softF1.evaluate(outputs: logits, outputCount: 1, targets: [0, 0, 0])
      #expect(value.loss == 1)
      #expect(value.gradient == [0, 0, 0])
    }
  }

  @Test(arguments: [Loss.crossEntropy, .binaryCrossEntropy, .auc(.logistic), .auc(.squaredHinge), .softF1])
  func extremeLogitsStayFinite(loss: Loss) throws {
    for (a, b) in [(Float(3e38), Float(-3e38)), (-3e38, 3e38), (1e4, 1e4)] {
      let outputs = loss.isBinary ? [a, b] : [a, b, b, a]
      let value = loss.evaluate(outputs: outputs, outputCount: loss.isBinary ? 1 : 2, targets: [1, 0])
      #expect(try #require(value.loss).isFinite)
      #expect(value.gradient.allSatisfy { !$0.isNaN })
    }
  }

  @Test(arguments: [Loss.crossEntropy, .binaryCrossEntropy, .auc(.logistic), .auc(.squaredHinge), .softF1])
  func nanIsPropagated(loss: Loss) throws {
    let outputs: [Float] = loss.isBinary ? [.nan, 5] : [.nan, 5, 1, 2]
    for targets in [[0, 1], [1, 0]] {
      let value = loss.evaluate(outputs: outputs, outputCount: loss.isBinary ? 1 : 2, targets: targets)
      #expect(try #require(value.loss).isNaN)
    }
  }

  @Test(arguments: [Loss.crossEntropy, .binaryCrossEntropy, .auc(.logistic), .softF1])
  func noSamplesHaveNoLoss(loss: Loss) {
    let value = loss.evaluate(outputs: [], outputCount: 1, targets: [])
    #expect(value.loss == nil)
    #expect(value.gradient.isEmpty)
  }
}
