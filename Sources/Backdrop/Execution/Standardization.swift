/// Standardizes pixels to mean 0 and standard deviation 1: (pixel - mean) / standardDeviation.
public struct Standardization: Equatable, Codable, Sendable {
  /// The mean of all pixels of the training part.
  public var mean: Float
  /// The standard deviation of all pixels of the training part.
  public var standardDeviation: Float

  /// By default, leaves pixels unchanged.
  public init(mean: Float = 0, standardDeviation: Float = 1) {
    self.mean = mean
    self.standardDeviation = standardDeviation
  }
}
