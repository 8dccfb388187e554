/// A family of covariances: one row of the table behind validation, messages, the recipe's schema and the
/// documentation.
public struct CovarianceFamily: Sendable {
  /// All families, in the order of the documentation.
  public static let all: [CovarianceFamily] = [
    SquaredExponential.family, Matern.family, Exponential.family, GammaExponential.family, RationalQuadratic.family,
    Spherical.family, PowerLaw.family, Tabulated.family,
  ]

  /// One parameter of a family.
  public struct Parameter: Sendable {
    /// The name in recipes.
    public let name: String
    /// A short description.
    public let meaning: String
    /// The allowed values.
    public let range: ParameterRange
    /// The default; nil if the parameter is required.
    public let defaultValue: Double?
    /// Whether only 0 and 1 are allowed. Such a parameter cannot be a range.
    public let isSwitch: Bool

    /// - Parameters:
    ///   - name: the name in recipes.
    ///   - meaning: a short description.
    ///   - range: the allowed values.
    ///   - defaultValue: the default; nil if the parameter is required.
    ///   - isSwitch: whether only 0 and 1 are allowed.
    public init(
      name: String, meaning: String, range: ParameterRange, defaultValue: Double? = nil, isSwitch: Bool = false
    ) {
      self.name = name
      self.meaning = meaning
      self.range = range
      self.defaultValue = defaultValue
      self.isSwitch = isSwitch
    }

    /// A required parameter in a closed range.
    public init(name: String, meaning: String, range: ClosedRange<Double>) {
      self.init(name: name, meaning: meaning, range: ParameterRange(range))
    }
  }

  /// A value of C with which a reader can check another program's definition.
  public struct WorkedExample: Sendable {
    /// The parameters.
    public let parameters: [String: Double]
    /// The table, if the family has one.
    public let table: SpectrumTable?
    /// The number of dimensions, if the family's covariance depends on it.
    public let dimensions: Int?
    /// r, in pixels.
    public let distance: Double
    /// C(r), to four decimals.
    public let value: Double

    init(
      _ parameters: [String: Double], table: SpectrumTable? = nil, dimensions: Int? = nil, distance: Double,
      value: Double
    ) {
      self.parameters = parameters
      self.table = table
      self.dimensions = dimensions
      self.distance = distance
      self.value = value
    }

    /// In plain text: "C(10) = 0.4834 for length_scale = 10, nu = 1.5".
    public var text: String {
      let conditions =
        parameters.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value.plain)" }
        + (table.map { ["the table \($0.text)"] } ?? [])
        + (dimensions.map { ["\($0) dimension\($0 == 1 ? "" : "s")"] } ?? [])
      return "C(\(distance.plain)) = \(value.plain) for \(conditions.joined(separator: ", "))"
    }
  }

  /// The name in recipes.
  public let name: String
  /// C(r), r the distance in pixels, in plain text.
  public let formula: String
  /// S(k), k in radians per pixel and d the number of axes, in plain text; nil if the family uses no closed form, but
  /// the transform of C.
  public let spectralDensity: String?
  /// The family's own parameters, the length scale first if there is one. Every family also has those of
  /// ``anisotropy(dimensions:)``.
  public let parameters: [Parameter]
  /// Whether the family needs a table of its spectral density, ``CovarianceModel/table``.
  public let hasTable: Bool
  /// A value to check other programs against.
  public let workedExample: WorkedExample?
  /// Where the family is defined.
  public let reference: String
  let make: @Sendable (CovarianceParameters) -> any Covariance
  let problem: @Sendable ([String: ParameterValue]) -> String?

  /// The name of the length scale parameter: l, in pixels.
  public static let lengthScaleName = "length_scale"

  /// The allowed length scales, in pixels. A grid cannot resolve less than half a pixel. The upper end is far beyond
  /// any use and keeps every pixel finite in single precision.
  public static let lengthScales = 0.5...1e6

  /// - Parameters:
  ///   - name: the name in recipes.
  ///   - formula: C(r) in plain text.
  ///   - spectralDensity: S(k) in plain text; nil without a closed form.
  ///   - lengthScale: a short description of the length scale; nil for families without one.
  ///   - parameters: the other parameters.
  ///   - hasTable: whether the family needs a table of its spectral density.
  ///   - workedExample: a value to check other programs against.
  ///   - reference: where the family is defined.
  ///   - type: the type that implements the family.
  public init<Family: Covariance>(
    name: String, formula: String, spectralDensity: String? = nil, lengthScale: String?, parameters: [Parameter] = [],
    hasTable: Bool = false, workedExample: WorkedExample? = nil, reference: String, of type: Family.Type
  ) {
    self.name = name
    self.formula = formula
    self.spectralDensity = spectralDensity
    self.parameters =
      (lengthScale.map { [Parameter(name: Self.lengthScaleName, meaning: $0, range: Self.lengthScales)] } ?? [])
      + parameters
    self.hasTable = hasTable
    self.workedExample = workedExample
    self.reference = reference
    make = { type.init($0) }
    problem = { type.problem(in: $0) }
  }

  /// Whether the family has a length scale.
  public var hasLengthScale: Bool { parameters.first?.name == Self.lengthScaleName }

  /// The family with a name; nil if there is none.
  public static func named(_ name: String) -> CovarianceFamily? { all.first { $0.name == name } }

  /// The parameter with a name, including those of anisotropy in any number of dimensions; nil if there is none.
  package func parameter(_ name: String) -> Parameter? {
    (parameters + Self.anisotropy(dimensions: 3)).first { $0.name == name }
  }
}

/// The values of a covariance's parameters.
public struct CovarianceParameters: Hashable, Sendable {
  /// The values by name.
  public let values: [String: Double]
  /// The table, if the family has one.
  public let table: SpectrumTable?

  /// - Parameters:
  ///   - values: the values by name.
  ///   - table: the table, if the family has one.
  public init(_ values: [String: Double], table: SpectrumTable? = nil) {
    self.values = values
    self.table = table
  }

  /// The value of a parameter.
  ///
  /// - Precondition: the family has a parameter with that name.
  public subscript(_ name: String) -> Double {
    guard let value = values[name] else { preconditionFailure("no parameter \(name)") }
    return value
  }
}
