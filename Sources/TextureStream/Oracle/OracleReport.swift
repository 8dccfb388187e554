import Foundation
import TextureDataset

/// The results of the best possible classifier; its JSON follows `schemas/oracle.schema.json`.
public struct OracleReport: Encodable, Sendable {
  /// The hash of the recipe.
  public let datasetHash: String
  /// The part: "all", "train", "validation" or "test".
  public let split: String
  /// The number of samples.
  public let samples: Int
  /// The names of the classes.
  public let classNames: [String]
  /// How the likelihood was computed: "modes", "dense" or "whittle".
  public let method: String
  /// The number of signed modes in the likelihood; nil if it is dense.
  public let modes: Int?
  /// The number of modes that are omitted because rounding hides them; nil if the likelihood is dense.
  public let modesLeftOut: Int?
  /// The fraction of the samples that are classified correctly.
  public let accuracy: Double
  /// Its 95% interval by Wilson's formula: [low, high].
  public let interval: [Double]
  /// The mean of the maximum posterior, an estimate of the accuracy with less variance.
  public let expectedAccuracy: Double
  /// 1 minus the expected accuracy, without cancellation.
  public let expectedError: Double
  /// The standard error of both.
  public let expectedErrorStandardError: Double
  /// For each scale, the fraction of the samples whose choice has the maximum marginal posterior.
  public let scaleAccuracy: [Double]
  /// For each scale, the mean of the maximum marginal posterior.
  public let expectedScaleAccuracy: [Double]
  /// log10 of the sum of pairwise Bhattacharyya bounds on the error; nil if it is not defined, or for more than
  /// ``maximumBoundedClasses``.
  public let log10ErrorBound: Double?
  /// Rows are true classes, columns recognized ones.
  public let confusion: [[Int]]
  /// The parameters that are drawn for every sample; nil if there are none.
  public let parameters: [Parameter]?

  /// How well a parameter is estimated by its posterior mean.
  public struct Parameter: Encodable, Sendable {
    /// The scale whose covariance has it.
    public let scale: Int
    /// Its name.
    public let parameter: String
    /// The number of samples whose covariance has it.
    public let samples: Int
    /// The mean squared error of the posterior mean; nil without samples.
    public let meanSquaredError: Double?
    /// The mean of the posterior variance, an estimate of the same with less variance; nil without samples.
    public let expectedPosteriorVariance: Double?
    /// The prior variance.
    public let priorVariance: Double
    /// The mean Fisher information over eight quantiles of the range and at most 16 classes, with other ranges at their
    /// middle.
    public let fisherInformation: Double?
    /// The mean of the inverse of the Fisher information over the same.
    public let cramerRaoBound: Double?
  }

  /// The maximum number of classes for the error bound, which takes a sum over all modes for each pair of classes.
  public static let maximumBoundedClasses = 128

  /// The report as JSON.
  public var json: String { encodedAsJSON }

  /// The 95% interval of a fraction.
  ///
  /// - Source: Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
  static func wilsonInterval(_ successes: Int, of count: Int) -> [Double] {
    let z = 1.959963984540054
    let (n, p) = (Double(count), Double(successes) / Double(count))
    let middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return [successes == 0 ? 0 : middle - half, successes == count ? 1 : middle + half]
  }
}

extension OracleReport {
  /// - Parameters:
  ///   - tally: the sums over at least one sample.
  ///   - parameters: the entries of the parameters.
  init(
    _ tally: OracleTally, of oracle: Oracle, parameters: [Parameter]
  ) {
    let (count, recipe) = (Double(tally.samples), oracle.recipe)
    let correct = tally.confusion.indices.reduce(0) { $0 + tally.confusion[$1][$1] }
    let error = tally.error.value / count
    let variance = max(0, tally.squaredError.value / count - error * error)
    let hasBound = oracle.likelihood.method == .modes && recipe.classCount <= Self.maximumBoundedClasses
    let bound = hasBound ? oracle.likelihood.log10ErrorBound : nil
    self.init(
      datasetHash: oracle.datasetHash, split: oracle.split?.rawValue ?? "all", samples: tally.samples,
      classNames: (0..<recipe.classCount).map { recipe.className($0) }, method: oracle.likelihood.method.rawValue,
      modes: oracle.likelihood.modeCount,
      modesLeftOut: oracle.likelihood.modeCount.map { recipe.field.shape.pixels - $0 },
      accuracy: Double(correct) / count, interval: Self.wilsonInterval(correct, of: tally.samples),
      expectedAccuracy: 1 - error, expectedError: error,
      expectedErrorStandardError: (variance / count).squareRoot(),
      scaleAccuracy: tally.scaleCorrect.map { Double($0) / count },
      expectedScaleAccuracy: tally.scaleError.map { 1 - $0.value / count },
      log10ErrorBound: bound.flatMap { $0.isFinite ? $0 : nil }, confusion: tally.confusion,
      parameters: parameters.isEmpty ? nil : parameters)
  }
}
