/// A covariance as a value: one of the families with its parameters, all of them in their ranges.
public struct CovarianceModel: Equatable, Sendable {
  /// The covariance.
  public let covariance: any Covariance

  /// - Parameter covariance: of any family, also of one that is not in the table.
  public init(_ covariance: any Covariance) { self.covariance = covariance }

  /// A covariance by the name of its family.
  ///
  /// - Parameters:
  ///   - family: one of ``CovarianceFamily/all``.
  ///   - values: a value for each of the family's parameters, by name.
  /// - Throws: ``FieldError`` with code `.invalidCovariance`.
  public init(family: CovarianceFamily, _ values: [String: Double]) throws(FieldError) {
    for name in values.keys.sorted() where !family.parameters.contains(where: { $0.name == name }) {
      throw FieldError(
        .invalidCovariance,
        "\(family.name) has no parameter \(name); it has \(family.parameters.map(\.name).joined(separator: ", "))")
    }
    for parameter in family.parameters {
      guard let value = values[parameter.name] else {
        throw FieldError(.invalidCovariance, "\(family.name) needs a value of \(parameter.name)")
      }
      guard parameter.range.contains(value) else {
        throw FieldError(
          .invalidCovariance,
          "\(parameter.name) \(value) of \(family.name): expected a number from \(parameter.range.lowerBound) to "
            + "\(parameter.range.upperBound)")
      }
    }
    covariance = family.make(CovarianceParameters(values))
  }

  /// The name of the family.
  public var name: String { covariance.name }
  /// The values of the parameters.
  public var parameters: CovarianceParameters { covariance.parameters }
  /// l, in pixels.
  public var lengthScale: Double { covariance.lengthScale }

  /// Whether both are of one family, with the same parameters.
  public static func == (a: CovarianceModel, b: CovarianceModel) -> Bool {
    a.name == b.name && a.parameters == b.parameters
  }
}
