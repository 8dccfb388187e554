/// A hypothesis about a texture: one covariance for each scale, in which every parameter is a number.
///
/// A class without ranges is one hypothesis. A class with ranges is one hypothesis for each point at which its prior is
/// integrated.
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
  /// The variance of each mode of a line under a hypothesis: weighted fields and white noise, divided by the number of
  /// pixels.
  ///
  /// - Parameters:
  ///   - spectra: one for each scale.
  ///   - order: the order of the modes.
  ///   - line: the line's index.
  package func modeVariances(_ spectra: [Spectrum], _ order: ModeOrder, line: Int) -> [Double] {
    var sums = [Double](repeating: noise * noise / Double(order.pixels), count: order.lineLength)
    for (scale, spectrum) in zip(scales, spectra) {
      order.add(spectrum, times: scale.weight * scale.weight, line: line, to: &sums)
    }
    return sums
  }
}
