import Documents
import Foundation
import GaussianField

extension Recipe {
  /// The number of standard deviations within which pixels are assumed to lie; one in 10^15 lies outside.
  private static let reach = 8.0

  /// Throws for fields whose pixels could overflow: eight standard deviations must fit.
  static func check(_ field: FieldModel, fits dtype: DType) throws(DatasetError) {
    let maximum = maximumPixel(of: dtype)
    let remedy = dtype == .float16 ? "use float32 or smaller weights" : "use smaller weights"
    switch field.transform {
    case .threshold: break
    case .identity:
      guard let standardDeviation = standardDeviation(of: field, ifOver: maximum / reach) else { return }
      throw RecipeKey.dtype.error(
        found: "\(dtype) for textures with a standard deviation of \(standardDeviation.rounded().shortest)",
        expected:
          "at most \(significant(maximum / reach)), since the maximum of \(dtype) is \(significant(maximum)); \(remedy)"
      )
    case .lognormal:
      guard let standardDeviation = standardDeviation(of: field, ifOver: log(maximum) / reach) else { return }
      throw RecipeKey.transform.error(
        found: "lognormal for fields whose sum has a standard deviation of \(significant(standardDeviation))",
        expected: "at most \(significant(log(maximum) / reach)), since exp of \(reach.shortest) of them exceeds"
          + " \(significant(maximum)), the maximum of \(dtype); \(remedy)")
    }
  }

  private static func maximumPixel(of dtype: DType) -> Double {
    switch dtype {
    case .float16: 65504
    case .float32: Double(Float.greatestFiniteMagnitude)
    }
  }

  /// The maximum over all classes of the standard deviation of the sum of fields and noise; nil if it is at most
  /// `limit`.
  ///
  /// Ranges are evaluated at their ends. Spectra are computed only if bounds of the variances do not decide.
  private static func standardDeviation(of field: FieldModel, ifOver limit: Double) -> Double? {
    func standardDeviation(_ variance: (CovarianceModel) -> Double) -> Double {
      field.scales.reduce(field.noise * field.noise) { sum, scale in
        sum + scale.weight * scale.weight
          * (field.standardize ? 1 : scale.candidates.flatMap(\.corners).map(variance).reduce(0, max))
      }.squareRoot()
    }
    if standardDeviation({ field.varianceBound(of: $0) ?? .infinity }) <= limit { return nil }
    let exact = standardDeviation(field.variance(of:))
    return exact <= limit ? nil : exact
  }
}
