#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A covariance whose spectral density is a table, interpolated by power laws.
///
/// C(0) is the integral of P(k) d^dk / (2 pi)^d, or 1 with `normalize`.
public struct Tabulated: Covariance {
  /// The family's row in the table.
  public static let family = CovarianceFamily(
    name: "tabulated",
    formula: "the transform of P(k), a table with log P linear in log k between its rows",
    spectralDensity: "P(k), divided with normalize = 1 by its integral over d^dk / (2 pi)^d",
    lengthScale: nil,
    parameters: [
      .init(
        name: "normalize", meaning: "1 scales the field to variance 1; 0 keeps C(0) = integral of P(k) d^dk / (2 pi)^d",
        range: ParameterRange(0...1), defaultValue: 0, isSwitch: true)
    ],
    hasTable: true,
    workedExample: .init(
      ["normalize": 0], table: example, dimensions: 2, distance: 0, value: 0.3310),
    reference: "the Wiener-Khinchin theorem; k in radians per pixel",
    of: Tabulated.self)

  /// P = k^-2 from 0.125 to 1.
  private static let example = try? SpectrumTable(
    [(0.125, 64), (0.25, 16), (0.5, 4), (1, 1)].map { .init(waveNumber: $0, density: $1) })

  /// The spectral density.
  public let table: SpectrumTable
  /// Whether the variance is scaled to 1.
  public let isNormalized: Bool

  /// - Parameter parameters: the table, and `normalize`.
  /// - Precondition: there is a table.
  public init(_ parameters: CovarianceParameters) {
    guard let table = parameters.table else { preconditionFailure("tabulated has a table") }
    self.table = table
    isNormalized = parameters["normalize"] == 1
  }

  /// The table, and `normalize`.
  public var parameters: CovarianceParameters {
    CovarianceParameters(["normalize": isNormalized ? 1 : 0], table: table)
  }

  /// C at a distance in pixels: the transform of the spectral density, by quadrature.
  public func value(atDistance distance: Double, dimensions: Int) -> Double {
    RadialTransform(dimensions: dimensions).covariance(atDistance: distance, density) / variance(dimensions)
  }

  /// C as a function of the distance, interpolated from a table.
  public func function(toDistance end: Double, dimensions: Int) -> @Sendable (Double) -> Double {
    let variance = variance(dimensions)
    let function = RadialTransform(dimensions: dimensions).function(toDistance: end, density)
    return { function($0) / variance }
  }

  /// (d + 1) / 2, the exponent for a density that ends in a jump.
  public func tailExponent(dimensions: Int) -> Double? { RadialTransform(dimensions: dimensions).tailExponent }

  /// S at an angular wave number in radians per pixel.
  public func spectralDensity(at k: Double, dimensions: Int) -> Double? { table.density(at: k) / variance(dimensions) }

  private var density: RadialTransform.Density {
    RadialTransform.Density(
      zip(table.rows, table.rows.dropFirst()).compactMap { left, right in
        guard left.density > 0, right.density > 0 else { return nil }
        return .init(
          low: left.waveNumber, high: right.waveNumber, value: left.density,
          exponent: log(right.density / left.density) / log(right.waveNumber / left.waveNumber))
      })
  }

  /// The divisor of the covariance.
  private func variance(_ dimensions: Int) -> Double {
    isNormalized ? RadialTransform(dimensions: dimensions).covariance(atDistance: 0, density) : 1
  }

  /// P at the modes, divided by the number of pixels.
  ///
  /// - Throws: ``FieldError`` with code `.invalidCovariance` if P is 0 at every mode and must be normalized.
  public func ownSpectrum(on grid: Grid, _ anisotropy: Anisotropy) throws(FieldError) -> Spectrum? {
    let spectrum = try ModeSpectrum(on: grid, anisotropy) { [table] k in
      anisotropy.volume * table.density(at: k) / Double(grid.modes)
    }
    guard isNormalized else { return spectrum.spectrum }
    guard let normalized = spectrum.normalized() else {
      throw FieldError(.invalidCovariance, "tabulated: P is 0 at every mode of a \(grid.shape) grid; extend the table")
    }
    return normalized
  }
}
