import Foundation
import Testing

@testable import Backdrop

@Suite struct MetricTests {
  private struct Expected: Decodable {
    let several: [Several]
    let binary: [Binary]

    struct Several: Decodable {
      let scores: [Float]
      let targets: [Int]
      let accuracy: Double
      let confusion: [[Int]]
      let samples: [Int]
      let precision: [Double]
      let recall: [Double]
      let f1: [Double]
      let rocAuc: [Double?]
      let macro: [Double]
      let macroRocAuc: Double?
    }

    struct Binary: Decodable {
      let logits: [Float]
      let targets: [Int]
      let accuracy: Double
      let rocAuc: Double?
      let precision: Double
      let recall: Double
      let f1: Double
      let confusion: [[Int]]
    }
  }

  private func expectEqual(_ a: Double?, _ b: Double?, _ what: Comment) {
    #expect((a == nil) == (b == nil), what)
    if let a, let b { #expect(agree(a, b, relative: 1e-12, absolute: 1e-15), what) }
  }

  @Test func reportsOfSeveralClassesAreScikitLearns() throws {
    let cases = try FixtureFile.decode(Expected.self, "metrics.json").several
    #expect(!cases.isEmpty)
    for expected in cases {
      let names = expected.samples.indices.map { "class \($0)" }
      let report = ClassificationReport(scores: expected.scores, targets: expected.targets, classNames: names)
      #expect(report.samples == expected.targets.count)
      #expect(report.confusion == expected.confusion)
      #expect(report.classes.map(\.name) == names)
      #expect(report.classes.map(\.samples) == expected.samples)
      expectEqual(report.accuracy, expected.accuracy, "accuracy")
      for (index, found) in report.classes.enumerated() {
        expectEqual(found.precision, expected.precision[index], "precision")
        expectEqual(found.recall, expected.recall[index], "recall")
        expectEqual(found.f1, expected.f1[index], "F1")
        expectEqual(found.rocAUC, expected.rocAuc[index], "area")
      }
      for (found, expected) in zip([report.macroPrecision, report.macroRecall, report.macroF1], expected.macro) {
        expectEqual(found, expected, "macro")
      }
      expectEqual(report.macroROCAUC, expected.macroRocAuc, "macro area")
    }
  }

  @Test func binaryReportsAreScikitLearns() throws {
    let cases = try FixtureFile.decode(Expected.self, "metrics.json").binary
    #expect(!cases.isEmpty)
    for expected in cases {
      let report = BinaryReport(logits: expected.logits, targets: expected.targets)
      #expect(report.samples == expected.targets.count)
      #expect(report.confusion == expected.confusion)
      expectEqual(report.accuracy, expected.accuracy, "accuracy")
      expectEqual(report.rocAUC, expected.rocAuc, "area")
      expectEqual(report.precision, expected.precision, "precision")
      expectEqual(report.recall, expected.recall, "recall")
      expectEqual(report.f1, expected.f1, "F1")
    }
  }

  @Test func areaIsTheFractionOfOrderedPairsWithTiesHalf() throws {
    // All combinations of five scores with three values, against the definition.
    let positives = [true, false, true, false, false]
    for code in 0..<243 {
      let scores = [1, 3, 9, 27, 81].map { Float(code / $0 % 3) }
      var wins = 0.0
      for i in 0..<5 where positives[i] {
        for j in 0..<5 where !positives[j] { wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0 }
      }
      #expect(try agree(#require(areaUnderROC(scores: scores, positives: positives)), wins / 6, relative: 1e-15))
    }
  }

  @Test func areaOfInfiniteScoresIsThatOfTheirOrder() {
    let scores: [Float] = [.infinity, -.infinity, 0, -0.0]
    #expect(areaUnderROC(scores: scores, positives: [true, false, true, false]) == 0.875)
  }

  @Test func areaOfNaNScoresIsUndefined() {
    #expect(areaUnderROC(scores: [1, .nan, 2], positives: [true, false, false]) == nil)
    #expect(areaUnderROC(scores: [], positives: []) == nil)
  }

  @Test func probabilitiesThatRoundToOneAreStillRanked() {
    // Softmax in double precision is 1 for both.
    let report = ClassificationReport(scores: [90, 0, 80, 0], targets: [0, 1], classNames: ["a", "b"])
    #expect(report.classes.map(\.rocAUC) == [1, 1])
  }

  @Test func jsonHasSnakeCaseKeysAndOmitsUndefinedMetrics() throws {
    let report = ClassificationReport(scores: [1, 0, 1, 0], targets: [0, 0], classNames: ["a", "b"])
    let binary = BinaryReport(logits: [1, -1], targets: [1, 1])
    let keys = try #require(JSONSerialization.jsonObject(with: JSONEncoder().encode(report)) as? [String: Any])
    #expect(
      Set(keys.keys) == ["samples", "accuracy", "confusion", "classes", "macro_precision", "macro_recall", "macro_f1"])
    let classes = try #require(keys["classes"] as? [[String: Any]])
    #expect(
      classes.map { Set($0.keys) } == Array(repeating: Set(["name", "samples", "precision", "recall", "f1"]), count: 2))
    let binaryKeys = try #require(JSONSerialization.jsonObject(with: JSONEncoder().encode(binary)) as? [String: Any])
    #expect(Set(binaryKeys.keys) == ["samples", "accuracy", "f1", "precision", "recall", "confusion"])
    #expect(try JSONDecoder().decode(ClassificationReport.self, from: JSONEncoder().encode(report)) == report)
    #expect(try JSONDecoder().decode(BinaryReport.self, from: JSONEncoder().encode(binary)) == binary)
  }

  @Test func reportsWithoutSamplesHaveValues() {
    #expect(BinaryReport(logits: [], targets: []).accuracy == 0)
    let report = ClassificationReport(scores: [], targets: [], classNames: ["a", "b"])
    #expect(report.accuracy == 0 && report.macroF1 == 0 && report.macroROCAUC == nil)
  }

  /// Two scales of two and three candidates; class = choice 0 + 2 choice 1. By hand: for classes 1, 2, 4, 5, 5 and
  /// predictions 1, 3, 0, 5, 4, the first scale's choice is right in all but the second and the last sample, the second
  /// scale's in all but the third.
  @Test func scaleAccuracyCountsTheChoicesOfEachScale() {
    let choices = (0..<6).map { [$0 % 2, $0 / 2] }
    let scores = [1, 3, 0, 5, 4].flatMap { predicted in (0..<6).map { Float($0 == predicted ? 1 : 0) } }
    let names = (0..<6).map { "\($0)" }
    let report = ClassificationReport(scores: scores, targets: [1, 2, 4, 5, 5], classNames: names, choices: choices)
    #expect(report.accuracy == 0.4)
    #expect(report.scaleAccuracy == [0.6, 0.8])
    #expect(ClassificationReport(scores: scores, targets: [1, 2, 4, 5, 5], classNames: names).scaleAccuracy == nil)
  }

  /// scikit-learn's mean_squared_error and r2_score give 0.375 and 0.9486081370449679 for the first label, its
  /// documentation's example; the second is the first times 10 plus 1000.
  @Test func regressionMetricsAreThoseOfScikitLearn() throws {
    let (labels, predictions) = ([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
    func pairs(_ values: [Double]) -> [Double] { values.flatMap { [$0, 10 * $0 + 1000] } }
    let report = RegressionReport(predictions: pairs(predictions), labels: pairs(labels), names: ["a:0", "b:1"])
    #expect(report.samples == 4 && report.targets.map(\.name) == ["a:0", "b:1"])
    #expect(agree(report.targets[0].meanSquaredError, 0.375, relative: 1e-15))
    #expect(agree(report.targets[1].meanSquaredError, 37.5, relative: 1e-12))
    #expect(agree(report.targets[1].rootMeanSquaredError, 37.5.squareRoot(), relative: 1e-12))
    for target in report.targets {
      #expect(agree(try #require(target.rSquared), 0.9486081370449679, relative: 1e-12))
    }
    #expect(RegressionReport(predictions: [1, 2], labels: [3, 3], names: ["a:0"]).targets[0].rSquared == nil)
  }
}
