import Foundation
import Testing

@testable import Backdrop

/// Losses whose targets are numbers or probabilities.
@Suite struct TargetLossTests {
  private let outputs: [Float] = [0.5, -1.25, 2, 0.75, 0.25, -3]

  /// By hand: differences 0.5, -2.25, 1, 0.25, 0.25, -1; their squares sum to 7.4375.
  @Test func meanSquaredErrorIsTheMeanOverSamplesAndOutputs() throws {
    let targets = Targets.numbers([0, 1, 1, 0.5, 0, -2])
    for outputCount in [1, 2, 3] {
      let value = Loss.meanSquaredError.evaluate(outputs: outputs, outputCount: outputCount, targets: targets)
      #expect(value.loss == 7.4375 / 6)
      let differences: [Double] = [0.5, -2.25, 1, 0.25, 0.25, -1]
      #expect(value.gradient == differences.map { Float(2 * $0 / 6) })
    }
    #expect(Loss.meanSquaredError.evaluate(outputs: [], outputCount: 1, targets: .numbers([])).loss == nil)
  }

  /// (softmax - q) / B, with the softmax computed in double precision from its definition.
  @Test func gradientOfSoftLabelsIsSoftmaxMinusProbability() throws {
    let probabilities: [Float] = [0.25, 0.5, 0.25, 1, 0, 0]
    let value = Loss.crossEntropy.evaluate(outputs: outputs, outputCount: 3, targets: .probabilities(probabilities))
    var loss = 0.0
    for sample in 0..<2 {
      let row = outputs[3 * sample..<3 * sample + 3].map { Double($0) }
      let exponentials = row.map { exp($0) }
      let sum = exponentials.reduce(0, +)
      for k in 0..<3 {
        let (softmax, q) = (exponentials[k] / sum, Double(probabilities[3 * sample + k]))
        #expect(agree(Double(value.gradient[3 * sample + k]), (softmax - q) / 2, relative: 1e-6))
        loss -= q * (row[k] - log(sum)) / 2
      }
    }
    #expect(agree(try #require(value.loss), loss, relative: 1e-12))
  }

  /// Probabilities of 1 give the results of classes, bit for bit.
  @Test func certainLabelsAreTheClasses() {
    let soft = Loss.crossEntropy.evaluate(
      outputs: outputs, outputCount: 3, targets: .probabilities([0, 0, 1, 0, 1, 0]))
    let hard = Loss.crossEntropy.evaluate(outputs: outputs, outputCount: 3, targets: [2, 1])
    #expect(soft.loss == hard.loss && soft.gradient == hard.gradient)
    #expect(hard.gradient.contains { $0 != 0 })
  }

  /// An impossible class contributes nothing, however low its logit.
  @Test func impossibleClassMayHaveAnInfiniteLogit() throws {
    let value = Loss.crossEntropy.evaluate(
      outputs: [0, 0, -.infinity], outputCount: 3, targets: .probabilities([0.5, 0.5, 0]))
    #expect(agree(try #require(value.loss), log(2), relative: 1e-15))
    #expect(value.gradient == [0, 0, 0])
  }

  @Test func numbersThatAreNotFiniteMakeTheLossNaN() {
    let value = Loss.meanSquaredError.evaluate(outputs: [.nan, 1], outputCount: 1, targets: .numbers([0, 0]))
    #expect(value.loss?.isNaN == true)
  }
}
