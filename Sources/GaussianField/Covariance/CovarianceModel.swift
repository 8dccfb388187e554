/// A covariance as a value: one of the families with its parameters, all of them in their ranges.
///
/// A parameter is a number, or a range of which every sample has a number of its own: see ``fixed(_:)``.
public struct CovarianceModel: Equatable, Sendable {
  /// The family.
  public let family: CovarianceFamily
  /// The parameters by name.
  public let parameters: [String: ParameterValue]

  /// - Parameters:
  ///   - family: mostly one of ``CovarianceFamily/all``.
  ///   - parameters: a value for each of the family's parameters, by name.
  /// - Throws: ``FieldError`` with code `.invalidCovariance`.
  public init(family: CovarianceFamily, _ parameters: [String: ParameterValue]) throws(FieldError) {
    for name in parameters.keys.sorted() where !family.parameters.contains(where: { $0.name == name }) {
      throw FieldError(
        .invalidCovariance,
        "\(family.name) has no parameter \(name); it has \(family.parameters.map(\.name).joined(separator: ", "))")
    }
    for parameter in family.parameters {
      guard let value = parameters[parameter.name] else {
        throw FieldError(.invalidCovariance, "\(family.name) needs a value of \(parameter.name)")
      }
      for bound in [value.bounds.minimum, value.bounds.maximum] where !parameter.range.contains(bound) {
        throw FieldError(
          .invalidCovariance,
          "\(parameter.name) \(bound) of \(family.name): expected a number from \(parameter.range.lowerBound) to "
            + "\(parameter.range.upperBound)")
      }
    }
    self.family = family
    self.parameters = parameters
  }

  /// A covariance whose parameters are numbers.
  public init(family: CovarianceFamily, _ parameters: [String: Double]) throws(FieldError) {
    try self.init(family: family, parameters.mapValues { .fixed($0) })
  }

  /// The name of the family.
  public var name: String { family.name }
  /// l in pixels; nil of families without one, and where it is a range.
  public var lengthScale: Double? { parameters[CovarianceFamily.lengthScaleName]?.fixed }
  /// The parameters that are ranges, in the order of their names.
  public var ranges: [String] { parameters.keys.filter { parameters[$0]?.fixed == nil }.sorted() }

  /// The covariance.
  ///
  /// - Precondition: every parameter is a number.
  public var covariance: any Covariance {
    precondition(ranges.isEmpty, "the parameters are drawn first")
    return family.make(CovarianceParameters(parameters.compactMapValues(\.fixed)))
  }

  /// How the variance of the field on a grid is spread over its modes.
  ///
  /// - Precondition: every parameter is a number.
  func spectrum(on grid: Grid) throws(FieldError) -> Spectrum { covariance.spectrum(on: grid) }

  /// Whether both are of one family, with the same parameters.
  public static func == (a: CovarianceModel, b: CovarianceModel) -> Bool {
    a.name == b.name && a.parameters == b.parameters
  }
}
