/// A family of covariances: its row in the table that validation, messages, the recipe's schema and the documentation
/// read.
public struct CovarianceFamily: Sendable {
  /// All families, in the order of the documentation.
  public static let all: [CovarianceFamily] = [
    SquaredExponential.family, Matern.family, Exponential.family, GammaExponential.family, RationalQuadratic.family,
    Spherical.family, PowerLaw.family, Tabulated.family,
  ]

  /// One parameter of a family.
  public struct Parameter: Sendable {
    /// As recipes name it.
    public let name: String
    /// What it means, in a few words.
    public let meaning: String
    /// The values that it may have.
    public let range: ParameterRange
    /// The value where none is given; nil of a parameter that has to be given.
    public let defaultValue: Double?
    /// Whether it is 0 or 1 and nothing between; such a parameter is not drawn from a range.
    public let isSwitch: Bool

    /// - Parameters:
    ///   - name: as recipes name it.
    ///   - meaning: what it means, in a few words.
    ///   - range: the values that it may have.
    ///   - defaultValue: the value where none is given; nil of a parameter that has to be given.
    ///   - isSwitch: whether it is 0 or 1 and nothing between.
    public init(
      name: String, meaning: String, range: ParameterRange, defaultValue: Double? = nil, isSwitch: Bool = false
    ) {
      self.name = name
      self.meaning = meaning
      self.range = range
      self.defaultValue = defaultValue
      self.isSwitch = isSwitch
    }

    /// A parameter that has to be given, in a range that includes its ends.
    public init(name: String, meaning: String, range: ClosedRange<Double>) {
      self.init(name: name, meaning: meaning, range: ParameterRange(range))
    }
  }

  /// A number by which a reader can check that another program means the same covariance.
  public struct WorkedExample: Sendable {
    /// The parameters.
    public let parameters: [String: Double]
    /// The table, of a family that has one.
    public let table: SpectrumTable?
    /// The number of dimensions, of a family whose covariance depends on it.
    public let dimensions: Int?
    /// r, in pixels.
    public let distance: Double
    /// C(r), to four digits.
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

  /// As recipes name it.
  public let name: String
  /// C(r), r the distance in pixels, in plain text.
  public let formula: String
  /// The parameters of its own, the length scale first where it has one. Beside them, every family has those of
  /// ``anisotropy(dimensions:)``.
  public let parameters: [Parameter]
  /// Whether a table of its spectral density belongs to it: see ``CovarianceModel/table``.
  public let hasTable: Bool
  /// A number to check it by.
  public let workedExample: WorkedExample?
  /// Where the family is defined.
  public let reference: String
  let make: @Sendable (CovarianceParameters) -> any Covariance
  let problem: @Sendable ([String: ParameterValue]) -> String?

  /// The name of the parameter of the families that have a length scale: l, in pixels.
  public static let lengthScaleName = "length_scale"

  /// Length scales that can be drawn, in pixels. The grid cannot resolve less than half a pixel; the upper end is far
  /// beyond any use, and keeps every pixel finite in single precision.
  public static let lengthScales = 0.5...1e6

  /// - Parameters:
  ///   - name: as recipes name it.
  ///   - formula: C(r) in plain text.
  ///   - lengthScale: what the length scale means, in a few words; nil of families without one.
  ///   - parameters: those beside the length scale.
  ///   - hasTable: whether a table of its spectral density belongs to it.
  ///   - workedExample: a number to check it by.
  ///   - reference: where the family is defined.
  ///   - type: the covariances of the family.
  public init<Family: Covariance>(
    name: String, formula: String, lengthScale: String?, parameters: [Parameter] = [], hasTable: Bool = false,
    workedExample: WorkedExample? = nil, reference: String, of type: Family.Type
  ) {
    self.name = name
    self.formula = formula
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

  /// The family of a name; nil where there is none.
  public static func named(_ name: String) -> CovarianceFamily? { all.first { $0.name == name } }

  /// The parameter of a name, of its own or of anisotropy in any number of dimensions; nil where there is none.
  package func parameter(_ name: String) -> Parameter? {
    (parameters + Self.anisotropy(dimensions: 3)).first { $0.name == name }
  }
}

/// The values of a covariance's parameters, by name.
public struct CovarianceParameters: Hashable, Sendable {
  /// The values.
  public let values: [String: Double]
  /// The table, of a family that has one.
  public let table: SpectrumTable?

  /// - Parameters:
  ///   - values: by the parameters' names.
  ///   - table: of a family that has one.
  public init(_ values: [String: Double], table: SpectrumTable? = nil) {
    self.values = values
    self.table = table
  }

  /// A value.
  ///
  /// - Precondition: the family has a parameter of that name.
  public subscript(_ name: String) -> Double {
    guard let value = values[name] else { preconditionFailure("no parameter \(name)") }
    return value
  }
}
