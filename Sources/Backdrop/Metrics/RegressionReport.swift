/// Metrics of a network that predicts continuous labels, in the labels' own units. The values are those of
/// scikit-learn.
///
/// In JSON, keys are in snake case and undefined metrics are omitted.
public struct RegressionReport: Codable, Equatable, Sendable {
  /// Metrics of one label.
  public struct TargetScore: Codable, Equatable, Sendable {
    /// The label's name, as in "length_scale:0".
    public let name: String
    /// The mean of (prediction - label)²; 0 without samples.
    public let meanSquaredError: Double
    /// The square root of ``meanSquaredError``, in the unit of the label.
    public let rootMeanSquaredError: Double
    /// 1 - sum((prediction - label)²) / sum((label - mean of the labels)²); nil if all labels are equal.
    public let rSquared: Double?

    private enum CodingKeys: String, CodingKey {
      case name
      case meanSquaredError = "mean_squared_error"
      case rootMeanSquaredError = "root_mean_squared_error"
      case rSquared = "r_squared"
    }

    /// - Parameters:
    ///   - name: the label's name.
    ///   - sums: the sums over its samples, in units of `unit`.
    ///   - unit: one unit of the sums, in the unit of the label.
    init(name: String, _ sums: RegressionSums, unit: Double = 1) {
      self.name = name
      meanSquaredError = unit * unit * sums.meanSquaredError
      rootMeanSquaredError = meanSquaredError.squareRoot()
      rSquared = sums.rSquared
    }
  }

  /// The number of samples.
  public let samples: Int
  /// The metrics of each label, in the order of the network's outputs.
  public let targets: [TargetScore]

  /// Computes all metrics.
  ///
  /// - Parameters:
  ///   - predictions: shape (B, K), row-major.
  ///   - labels: shape (B, K), row-major.
  ///   - names: the labels' names, shape (K), at least one.
  /// - Precondition: the shapes match.
  public init(predictions: [Double], labels: [Double], names: [String]) {
    precondition(
      !names.isEmpty && predictions.count == labels.count && labels.count.isMultiple(of: names.count),
      "expected a prediction for each label")
    samples = labels.count / names.count
    targets = names.enumerated().map { index, name in
      let places = stride(from: index, to: labels.count, by: names.count)
      // Relative to one of the labels, so that squares of a common offset do not cancel.
      let origin = labels.isEmpty ? 0 : labels[index]
      var sums = RegressionSums()
      for place in places { sums.add(error: predictions[place] - labels[place], label: labels[place] - origin) }
      return TargetScore(name: name, sums)
    }
  }
}

/// Running sums of one label, from which its metrics are computed.
struct RegressionSums: Codable, Equatable, Sendable {
  private(set) var samples = 0
  private(set) var squaredErrors = 0.0
  private(set) var labels = 0.0
  private(set) var labelSquares = 0.0

  private enum CodingKeys: String, CodingKey {
    case samples, labels
    case squaredErrors = "squared_errors"
    case labelSquares = "label_squares"
  }

  /// Adds a sample.
  ///
  /// - Parameters:
  ///   - error: prediction minus label.
  ///   - label: relative to any fixed number near the labels.
  mutating func add(error: Double, label: Double) {
    samples += 1
    squaredErrors += error * error
    labels += label
    labelSquares += label * label
  }

  /// The mean squared error; 0 without samples.
  var meanSquaredError: Double { samples == 0 ? 0 : squaredErrors / Double(samples) }

  /// R²; nil if all labels are equal.
  var rSquared: Double? {
    guard samples > 1 else { return nil }
    let spread = labelSquares - labels * labels / Double(samples)
    return spread > 1e-12 * labelSquares ? 1 - squaredErrors / spread : nil
  }

  /// Whether these can be the sums of `count` samples.
  func fit(_ count: Int) -> Bool {
    samples == count && squaredErrors >= 0 && squaredErrors.isFinite && labels.isFinite && labelSquares >= 0
      && labelSquares.isFinite
  }
}
