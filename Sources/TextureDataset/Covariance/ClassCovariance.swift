/// The measured second moments of one class and those of its model.
public struct ClassCovariance: Sendable {
  /// A measured value, its expectation under the model, and the range that contains it with a probability of 95% under
  /// the model.
  public struct Point: Sendable {
    /// The lag in pixels, or the wave number in radians per pixel.
    public let position: Double
    /// The estimate from all samples of the class.
    public let measured: Double
    /// The mean of the estimate under the model.
    public let expected: Double
    /// The lower end of the 95% band.
    public let low: Double
    /// The upper end of the 95% band.
    public let high: Double

    init(_ position: Double, measured: Double, _ moments: ThreeCumulants) {
      self.position = position
      self.measured = measured
      expected = moments.mean
      (low, high) = moments.band
    }
  }

  /// The index of the class.
  public let index: Int
  /// The name of the class.
  public let name: String
  /// The number of samples measured.
  public let samples: Int
  /// The covariance by lag along the axes, averaged over the axes.
  public let covariance: [Point]
  /// The power spectrum by wave number: the mean over a ring of modes of |DFT T(k)|² / N, with N pixels. Rings whose
  /// power is not far above that of rounding are omitted. Empty for open textures.
  public let spectrum: [Point]
}
