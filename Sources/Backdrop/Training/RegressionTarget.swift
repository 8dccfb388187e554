/// A continuous label that a network is trained to predict: a parameter of the covariance of one scale.
///
/// In JSON it is its ``name``.
public struct RegressionTarget: Codable, Hashable, Sendable {
  /// The name of the parameter, as in recipes.
  public let parameter: String
  /// The index of the scale.
  public let scale: Int

  /// - Parameters:
  ///   - parameter: the name of the parameter.
  ///   - scale: the index of the scale, from 0.
  public init(_ parameter: String, scale: Int) {
    self.parameter = parameter
    self.scale = scale
  }

  /// Parses a target's ``name``, such as "length_scale:0"; nil if the text is not a target's name.
  public init?(_ name: String) {
    let parts = name.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, let scale = Int(parts[1]), scale >= 0 else { return nil }
    self.init(String(parts[0]), scale: scale)
  }

  /// - Throws: if the string is not a target's name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let target = RegressionTarget(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected a parameter and its scale, as in length_scale:0")
    }
    self = target
  }

  /// Encodes a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }

  /// The target's name on the command line and in files: "length_scale:0".
  public var name: String { "\(parameter):\(scale)" }
}

/// The mean and the standard deviation of a continuous label over its prior. A network is trained to output
/// (label - mean) / standard deviation.
public struct TargetStandardization: Codable, Equatable, Sendable {
  /// The target's name.
  public let name: String
  /// The mean, in the unit of the label.
  public let mean: Double
  /// The standard deviation, in the unit of the label; positive.
  public let standardDeviation: Double

  private enum CodingKeys: String, CodingKey {
    case name, mean
    case standardDeviation = "standard_deviation"
  }

  /// The output of a perfect network for a label.
  func standardized(_ label: Double) -> Float { Float((label - mean) / standardDeviation) }

  /// The label that an output represents.
  func label(_ output: Float) -> Double { mean + standardDeviation * Double(output) }
}

extension [TargetStandardization] {
  /// The targets of the mean squared error for labels in their own units; shape (B, K), row-major.
  func standardized(_ labels: [Double]) -> [Float] {
    labels.enumerated().map { self[$0 % count].standardized($1) }
  }

  /// The labels that outputs represent; shape (B, K), row-major.
  func labels(_ outputs: [Float]) -> [Double] { outputs.enumerated().map { self[$0 % count].label($1) } }
}
