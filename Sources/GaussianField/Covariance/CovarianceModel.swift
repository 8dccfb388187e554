/// A covariance as a value: a family and valid parameters.
///
/// A parameter is a number, or a range from which a number is drawn for each sample; see ``fixed(_:)``.
public struct CovarianceModel: Equatable, Sendable {
  /// The family.
  public let family: CovarianceFamily
  /// The parameters by name: those of the family and those of anisotropy. Default values are omitted, as are the angles
  /// if all ratios are 1.
  public let parameters: [String: ParameterValue]
  /// The spectral density, if the family has a table.
  public let table: SpectrumTable?

  /// - Parameters:
  ///   - family: usually one of ``CovarianceFamily/all``.
  ///   - parameters: the values by name; parameters without a default are required.
  ///   - table: the spectral density, if the family has a table.
  /// - Throws: ``FieldError`` with code `.invalidCovariance`.
  public init(
    family: CovarianceFamily, _ parameters: [String: ParameterValue], table: SpectrumTable? = nil
  ) throws(FieldError) {
    func refuse(_ message: String) -> FieldError { FieldError(.invalidCovariance, message) }
    var canonical: [String: ParameterValue] = [:]
    for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
      guard let parameter = family.parameter(name) else {
        let names = (family.parameters + CovarianceFamily.anisotropy(dimensions: 3)).map(\.name)
        throw refuse("\(family.name) has no parameter \(name); it has \(names.joined(separator: ", "))")
      }
      if let problem = value.problem(of: parameter) {
        throw refuse("\(name) \(problem.found) of \(family.name): \(problem.expected)")
      }
      if value.fixed == nil || value.fixed != parameter.defaultValue { canonical[name] = value }
    }
    for parameter in family.parameters where parameter.defaultValue == nil && parameters[parameter.name] == nil {
      throw refuse("\(family.name) needs a value of \(parameter.name)")
    }
    if let problem = family.problem(parameters) { throw refuse(problem) }
    guard family.hasTable == (table != nil) else {
      throw refuse(
        family.hasTable
          ? "\(family.name) needs a table of k and P(k)"
          : "\(family.name) has no table; remove the table, or use tabulated"
      )
    }
    if !CovarianceFamily.ratioNames.contains(where: { canonical[$0] != nil }) {
      for name in CovarianceFamily.angleNames { canonical[name] = nil }
    }
    self.family = family
    self.parameters = canonical
    self.table = table
  }

  /// A covariance whose parameters are all numbers.
  ///
  /// - Throws: ``FieldError`` with code `.invalidCovariance`.
  public init(
    family: CovarianceFamily, _ parameters: [String: Double], table: SpectrumTable? = nil
  ) throws(FieldError) {
    try self.init(family: family, parameters.mapValues { .fixed($0) }, table: table)
  }

  /// The name of the family.
  public var name: String { family.name }
  /// l in pixels; nil for families without one, or if it is a range.
  public var lengthScale: Double? { parameters[CovarianceFamily.lengthScaleName]?.fixed }
  /// The names of the parameters that are ranges, sorted.
  public var ranges: [String] { parameters.keys.filter { parameters[$0]?.fixed == nil }.sorted() }
  /// Whether the covariance depends only on the distance.
  public var isIsotropic: Bool { CovarianceFamily.ratioNames.allSatisfy { parameters[$0] == nil } }

  /// The covariance with each range replaced by a number.
  ///
  /// - Parameter values: the numbers by name.
  /// - Precondition: `values` has a number in the range for each of ``ranges``.
  public func fixed(_ values: [String: Double]) -> CovarianceModel {
    var fixed = self.parameters
    for name in ranges {
      guard let value = values[name] else { preconditionFailure("no value of \(name)") }
      fixed[name] = .fixed(value)
    }
    return CovarianceModel(family: family, checked: fixed, table: table)
  }

  /// The covariance with one parameter changed; nil if the value is not allowed.
  package func replacing(_ name: String, with value: Double) -> CovarianceModel? {
    var parameters = parameters
    parameters[name] = .fixed(value)
    return try? CovarianceModel(family: family, parameters, table: table)
  }

  private init(family: CovarianceFamily, checked parameters: [String: ParameterValue], table: SpectrumTable?) {
    self.family = family
    self.parameters = parameters
    self.table = table
  }

  /// The isotropic covariance, which is that along the major axis.
  ///
  /// - Precondition: every parameter is a number.
  public var covariance: any Covariance {
    var values = numbers
    for parameter in family.parameters where values[parameter.name] == nil {
      values[parameter.name] = parameter.defaultValue
    }
    return family.make(CovarianceParameters(values, table: table))
  }

  /// How the covariance depends on the direction.
  ///
  /// - Precondition: every parameter is a number.
  public func anisotropy(dimensions: Int) -> Anisotropy { Anisotropy(numbers, dimensions: dimensions) }

  private var numbers: [String: Double] {
    precondition(ranges.isEmpty, "parameters must be drawn before use")
    return parameters.compactMapValues(\.fixed)
  }

  /// C at a lag in pixels along each of the texture's axes.
  ///
  /// - Precondition: every parameter is a number.
  public func value(atLag lag: [Double]) -> Double {
    covariance.value(
      atDistance: anisotropy(dimensions: lag.count).squaredDistance(lag).squareRoot(), dimensions: lag.count)
  }

  /// Whether both have the same family, parameters and table.
  public static func == (a: CovarianceModel, b: CovarianceModel) -> Bool {
    a.name == b.name && a.parameters == b.parameters && a.table == b.table
  }
}

extension ParameterValue {
  /// What is wrong with this value of a parameter; nil if it is valid.
  fileprivate func problem(of parameter: CovarianceFamily.Parameter) -> (found: String, expected: String)? {
    switch self {
    case .fixed(let value):
      guard parameter.range.contains(value) else { return (value.plain, "expected \(parameter.range)") }
      return parameter.isSwitch && value != 0 && value != 1 ? (value.plain, "expected 0 or 1") : nil
    case .uniform(let range), .logUniform(let range):
      let found = "from \(range.lowerBound.plain) to \(range.upperBound.plain)"
      if parameter.isSwitch { return (found, "expected 0 or 1, not a range") }
      for bound in [range.lowerBound, range.upperBound] where !parameter.range.contains(bound) {
        return (found, "\(bound.plain) is out of range; expected \(parameter.range)")
      }
      if case .logUniform = self, range.lowerBound <= 0 {
        return (found, "expected a positive lower bound for log_uniform; raise it, or use uniform")
      }
      // Drawn numbers are rounded to float32.
      let ends = (Float(range.lowerBound), Float(range.upperBound))
      if ends.0 == ends.1 || (ends.0 == 0 && range.lowerBound > 0) {
        return (found, "files store float32, which cannot tell such numbers apart; widen the range, or use a number")
      }
      return nil
    }
  }
}
