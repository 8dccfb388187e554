/// What brings a dataset's pixels to mean 0 and deviation 1: (pixel - mean) / deviation.
public struct Standardization: Equatable, Codable, Sendable {
  /// Of all pixels of the training split.
  public var mean: Float
  /// Of all pixels of the training split.
  public var deviation: Float

  /// Leaves pixels as they are, unless said otherwise.
  public init(mean: Float = 0, deviation: Float = 1) {
    self.mean = mean
    self.deviation = deviation
  }
}
