/// A family of covariances: its row in the table that validation, messages, the recipe's schema and the documentation
/// read.
public struct CovarianceFamily: Sendable {
  /// All families, in the order of the documentation.
  public static let all: [CovarianceFamily] = [
    SquaredExponential.family
  ]

  /// One parameter of a family.
  public struct Parameter: Sendable {
    /// As recipes name it.
    public let name: String
    /// What it means, in a few words.
    public let meaning: String
    /// The values that it may have.
    public let range: ClosedRange<Double>

    /// - Parameters:
    ///   - name: as recipes name it.
    ///   - meaning: what it means, in a few words.
    ///   - range: the values that it may have.
    public init(name: String, meaning: String, range: ClosedRange<Double>) {
      self.name = name
      self.meaning = meaning
      self.range = range
    }
  }

  /// As recipes name it.
  public let name: String
  /// C(r), r the distance in pixels, in plain text.
  public let formula: String
  /// The parameters, the length scale first.
  public let parameters: [Parameter]
  /// Where the family is defined.
  public let reference: String
  let make: @Sendable (CovarianceParameters) -> any Covariance

  /// The name of the parameter that every family has: l, in pixels.
  public static let lengthScaleName = "length_scale"

  /// Length scales that can be drawn, in pixels. The grid cannot resolve less than half a pixel; the upper end is far
  /// beyond any use, and keeps every pixel finite in single precision.
  public static let lengthScales = 0.5...1e6

  /// - Parameters:
  ///   - name: as recipes name it.
  ///   - formula: C(r) in plain text.
  ///   - lengthScale: what the length scale means, in a few words.
  ///   - parameters: those beside the length scale.
  ///   - reference: where the family is defined.
  ///   - type: the covariances of the family.
  public init(
    name: String, formula: String, lengthScale: String, parameters: [Parameter] = [], reference: String,
    of type: (some Covariance).Type
  ) {
    self.name = name
    self.formula = formula
    self.parameters =
      [Parameter(name: Self.lengthScaleName, meaning: lengthScale, range: Self.lengthScales)] + parameters
    self.reference = reference
    make = { type.init($0) }
  }

  /// The family of a name; nil where there is none.
  public static func named(_ name: String) -> CovarianceFamily? { all.first { $0.name == name } }
}

/// The values of a covariance's parameters, by name.
public struct CovarianceParameters: Hashable, Sendable {
  /// The values.
  public let values: [String: Double]

  /// - Parameter values: by the parameters' names.
  public init(_ values: [String: Double]) { self.values = values }

  /// A value.
  ///
  /// - Precondition: the family has a parameter of that name.
  public subscript(_ name: String) -> Double {
    guard let value = values[name] else { preconditionFailure("no parameter \(name)") }
    return value
  }
}
