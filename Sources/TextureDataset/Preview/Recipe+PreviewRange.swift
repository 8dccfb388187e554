import Foundation
import GaussianField

extension Recipe {
  /// The values that previews of all classes show: three standard deviations of the strongest class on either side of 0,
  /// for series as many as the largest of their points comes to; of lognormal textures all but the lowest and the highest
  /// fortieth, of thresholds 0 to 1.
  package var previewRange: ClosedRange<Float> {
    let deviation = (0..<classCount).map { standardDeviation(ofClass: $0) }.max() ?? 1
    switch field.transform {
    case .threshold: return 0...1
    case .lognormal:
      let reach = Float(exp(2 * deviation))
      return 1 / reach...reach
    case .identity:
      let multiple =
        switch field.shape {
        case .image, .volume: 3.0
        // The expected maximum of as many independent normal numbers lies a little below.
        case .series(let length): max(3, (2 * log(Double(length))).squareRoot())
        }
      let reach = Float(multiple * deviation)
      return -reach...reach
    }
  }
}
