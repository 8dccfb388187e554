import GaussianField

/// The covariance families in machine-readable form (`schemas/covariances.schema.json`).
public struct CovarianceTable: Encodable, Sendable {
  let families = CovarianceFamily.all.map(Family.init)

  struct Family: Encodable, Sendable {
    let name: String
    let formula: String
    let spectralDensity: String?
    let dimensions: [Int]
    let parameters: [Parameter]
    let hasTable: Bool
    let workedExample: WorkedExample?
    let source: String

    init(_ family: CovarianceFamily) {
      name = family.name
      formula = family.formula
      spectralDensity = family.spectralDensity
      dimensions = Array(1...3)
      parameters =
        family.parameters.map { Parameter($0, dimensions: Array(1...3)) }
        + CovarianceFamily.anisotropy(dimensions: 3).map { parameter in
          let isOfImages = CovarianceFamily.anisotropy(dimensions: 2).contains { $0.name == parameter.name }
          return Parameter(parameter, dimensions: isOfImages ? [2, 3] : [3])
        }
      hasTable = family.hasTable
      workedExample = family.workedExample.map(WorkedExample.init)
      source = family.reference
    }
  }

  struct Parameter: Encodable, Sendable {
    let name: String
    let meaning: String
    let minimum: Double?
    let exclusiveMinimum: Double?
    let maximum: Double
    /// Nil if the parameter is required.
    let `default`: Double?
    let dimensions: [Int]

    init(_ parameter: CovarianceFamily.Parameter, dimensions: [Int]) {
      let range = parameter.range
      name = parameter.name
      meaning = parameter.meaning
      minimum = range.includesLowerBound ? range.lowerBound : nil
      exclusiveMinimum = range.includesLowerBound ? nil : range.lowerBound
      maximum = range.upperBound
      `default` = parameter.defaultValue
      self.dimensions = dimensions
    }
  }

  struct WorkedExample: Encodable, Sendable {
    let parameters: [String: Double]
    let table: [[Double]]?
    let dimensions: Int?
    let distance: Double
    let value: Double

    init(_ example: CovarianceFamily.WorkedExample) {
      parameters = example.parameters
      table = example.table?.rows.map { [$0.waveNumber, $0.density] }
      dimensions = example.dimensions
      distance = example.distance
      value = example.value
    }
  }

  /// A table of all families.
  public init() {}

  /// Encodes a list of all families.
  public func encode(to encoder: any Encoder) throws { try families.encode(to: encoder) }

  /// The table as JSON.
  public var json: String { encodedAsJSON }
}
