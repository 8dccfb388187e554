import Documents
import Foundation
import GaussianField

extension Recipe {
  /// How many standard deviations from their mean pixels are taken to reach: one in 10^15 goes further.
  private static let reach = 8.0

  /// Refuses fields whose pixels would turn into infinities: eight standard deviations have to fit.
  static func check(_ field: FieldModel, fits dtype: DType) throws(DatasetError) {
    let maximum = maximumPixel(of: dtype)
    let remedy = dtype == .float16 ? "use float32 or smaller weights" : "use smaller weights"
    switch field.transform {
    case .threshold: break
    case .identity:
      guard let deviation = standardDeviation(of: field, ifOver: maximum / reach) else { return }
      throw RecipeKey.dtype.error(
        found: "\(dtype) for textures with a standard deviation of \(deviation.rounded().shortest)",
        expected: "\(significant(maximum / reach)) at most, since \(dtype) ends at \(significant(maximum)); \(remedy)")
    case .lognormal:
      guard let deviation = standardDeviation(of: field, ifOver: log(maximum) / reach) else { return }
      throw RecipeKey.transform.error(
        found: "lognormal for fields whose sum has a standard deviation of \(significant(deviation))",
        expected: "\(significant(log(maximum) / reach)) at most, since exp of \(reach.shortest) of them is beyond"
          + " \(dtype), which ends at \(significant(maximum)); \(remedy)")
    }
  }

  private static func maximumPixel(of dtype: DType) -> Double {
    switch dtype {
    case .float16: 65504
    case .float32: Double(Float.greatestFiniteMagnitude)
    }
  }

  /// The maximum over all classes of the standard deviation of the sum of fields and noise; nil where it is at most `limit`.
  ///
  /// Parameters that are ranges are taken at their ends. Spectra are computed only where bounds of the variances do not say
  /// enough.
  private static func standardDeviation(of field: FieldModel, ifOver limit: Double) -> Double? {
    func deviation(_ variance: (CovarianceModel) -> Double) -> Double {
      field.scales.reduce(field.noise * field.noise) { sum, scale in
        sum + scale.weight * scale.weight
          * (field.standardize ? 1 : scale.candidates.flatMap(\.corners).map(variance).reduce(0, max))
      }.squareRoot()
    }
    if deviation({ field.varianceBound(of: $0) ?? .infinity }) <= limit { return nil }
    let exact = deviation(field.variance(of:))
    return exact <= limit ? nil : exact
  }
}
