/// One scale of a texture: the length scales it may have, one for each choice, and its weight in the sum.
public struct Scale: Equatable, Sendable {
  /// Candidates, in pixels.
  public let lengthScales: [Double]
  /// The factor of the scale's field in the sum of all scales.
  public let weight: Double

  /// - Parameters:
  ///   - lengthScales: candidates, in pixels.
  ///   - weight: the factor of the scale's field.
  public init(lengthScales: [Double], weight: Double) {
    self.lengthScales = lengthScales
    self.weight = weight
  }
}

/// A scale's field for one of its candidates, ready to be drawn on a side: amplitudes and band limit.
struct ScaleSpectrum: Sendable {
  let covariance: SquaredExponential
  let bandLimit: BandLimit
  /// The square root of the variance along one axis, by signed wave number, from -maximumRow to maximumRow.
  let amplitude: [Float]
  let maximumRow: Int
  let variance: Double

  init(lengthScale: Double, side: Int, standardize: Bool) throws(FieldError) {
    covariance = try SquaredExponential(lengthScale: lengthScale)
    let limit = TextureSampler.maximumLengthScale(side: side, standardize: standardize)
    guard lengthScale <= limit else {
      throw FieldError(.excessiveLengthScale, "length scale \(lengthScale) px: expected at most \(limit) px")
    }
    let spectrum = covariance.axisSpectrum(side: side)
    let bandLimit = BandLimit(spectrum: spectrum, side: side, withoutMean: standardize)
    let maximum = bandLimit.rows.first ?? 0
    self.bandLimit = bandLimit
    maximumRow = maximum
    amplitude = (-maximum...maximum).map { Float(spectrum[abs($0)].squareRoot()) }
    variance = covariance.torusVariance(side: side)
  }
}
