import Testing

@testable import Experiments

@Suite struct ExperimentTablesTests {
  private static func result(_ accuracy: Double) -> CellResult {
    CellResult(
      metrics: ["accuracy": accuracy], loss: 1, trainAccuracy: 1, trainLoss: 0, learningRate: 0.001, epochs: 1,
      steps: 3,
      keepFraction: nil, multiplyAdds: nil, seconds: 1, imagesPerSecond: 1)
  }

  @Test func differencesArePaired() throws {
    let experiment = try ExperimentFileTests.experiment(
      ExperimentFileTests.small.replacing("seeds: 2", with: "seeds: 3").replacing("[8, 12]", with: "8"))
    var results: [Cell: CellResult] = [:]
    for cell in experiment.cells where cell.dataset == 0 {
      // The methods differ by 0.1, 0.2 and 0.3; the seeds vary more.
      let base = [0.2, 0.5, 0.6][Int(cell.seed)]
      results[cell] = Self.result(base + (cell.method == 1 ? [0.1, 0.2, 0.3][Int(cell.seed)] : 0))
    }
    let tables = ExperimentTables(experiment, results, ceilings: ["plain": ["accuracy": 0.95]])
    // t for 2 degrees of freedom is 4.302653, so the half-width is 2.484138 standard deviations.
    #expect(
      tables.summary.split(separator: "\n").dropFirst() == [
        "plain,8,reference,none,steps,3,accuracy,3,0.433333,-0.083781,0.950448,,,,,0.950000",
        "plain,8,reference,masks,steps,3,accuracy,3,0.633333,-0.125583,1.392250,none,0.200000,-0.048414,0.448414,0.950000",
      ])
    #expect(
      tables.markdown.hasSuffix(
        """
        ## accuracy: plain

        | method | 8 samples |
        |---|---|
        | none | 43.3 ± 51.7 |
        | masks | 63.3 ± 75.9 (+20.0 ± 24.8) |
        | best possible | 95.0 |

        """))
    #expect(tables.runs.split(separator: "\n").count == 7)
  }

  /// The best possible accuracy is for all classes, but a binary loss distinguishes only two groups of them.
  @Test func binaryLossesHaveNoBestPossibleValue() throws {
    let experiment = try ExperimentFileTests.experiment(
      ExperimentFileTests.small.replacing("training: {", with: "training: {loss: auc, positive_classes: [0], "))
    #expect(experiment.metricName == "roc_auc")
    var results: [Cell: CellResult] = [:]
    for cell in experiment.cells {
      results[cell] = Self.result(0.5)
      results[cell]?.metrics["roc_auc"] = 0.75
    }
    let tables = ExperimentTables(experiment, results, ceilings: ["plain": ["accuracy": 0.95, "roc_auc": 0.9]])
    #expect(tables.summary.contains(",accuracy,") && tables.summary.contains(",roc_auc,"))
    #expect(tables.summary.split(separator: "\n").dropFirst().allSatisfy { $0.hasSuffix(",") })
    #expect(!tables.markdown.contains("best possible"))
  }

  @Test func seedsMissingFromTheBaselineAreNotPaired() throws {
    let experiment = try ExperimentFileTests.experiment(
      ExperimentFileTests.small.replacing("seeds: 2", with: "seeds: 3").replacing("[8, 12]", with: "8"))
    var results: [Cell: CellResult] = [:]
    for cell in experiment.cells where cell.dataset == 1 && (cell.method == 1 || cell.seed == 2) {
      results[cell] = Self.result(cell.method == 1 ? 0.75 : 0.5)
    }
    #expect(
      ExperimentTables(experiment, results, ceilings: [:]).summary.split(separator: "\n").dropFirst() == [
        "noisy,8,reference,none,steps,3,accuracy,1,0.500000,,,,,,,",
        "noisy,8,reference,masks,steps,3,accuracy,3,0.750000,0.750000,0.750000,none,0.250000,,,",
      ])
  }
}
