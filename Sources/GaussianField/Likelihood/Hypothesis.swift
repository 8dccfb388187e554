/// What a texture may be: one covariance for each scale, every parameter a number.
///
/// A class without ranges is one hypothesis; one whose parameters are ranges is as many as its prior takes to be integrated
/// over.
public struct Hypothesis: Sendable {
  /// The class.
  public let classIndex: Int
  /// For each scale, the index of its candidate.
  public let choices: [Int]
  /// The covariances, one for each scale.
  public let covariances: [CovarianceModel]
  /// The natural logarithm of its probability given the class.
  public let logWeight: Double
}

extension FieldModel {
  /// The variance of each mode of a line under a hypothesis: weighted fields and white noise, over the number of pixels.
  ///
  /// - Parameters:
  ///   - spectra: one for each scale.
  ///   - order: of the modes.
  ///   - line: the line's index.
  package func modeVariances(_ spectra: [Spectrum], _ order: ModeOrder, line: Int) -> [Double] {
    var sums = [Double](repeating: noise * noise / Double(order.pixels), count: order.lineLength)
    for (scale, spectrum) in zip(scales, spectra) {
      order.add(spectrum, times: scale.weight * scale.weight, line: line, to: &sums)
    }
    return sums
  }
}
