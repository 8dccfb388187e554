import Foundation

@testable import GaussianField

/// Independent formulas for all families: C at a lag, the spectral density at a wave vector, and the eigenvalues
/// of both boundaries term by term.
struct ReferenceCovariance {
  let family: String
  /// The parameters of the family and of anisotropy.
  var parameters: [String: Double]
  /// The rows k, P(k) of a table.
  var rows: [(k: Double, density: Double)] = []
  let dimensions: Int
  private let turn: Turn

  init(_ family: String, _ parameters: [String: Double], rows: [(k: Double, density: Double)] = [], dimensions: Int) {
    self.family = family
    self.parameters = parameters
    self.rows = rows
    self.dimensions = dimensions
    turn = Turn(parameters)
  }

  /// The library's covariance with these parameters.
  func model() throws -> CovarianceModel {
    guard let family = CovarianceFamily.named(family) else { throw FieldError(.invalidCovariance, "no \(family)") }
    let table = rows.isEmpty ? nil : try SpectrumTable(rows.map { .init(waveNumber: $0.k, density: $0.density) })
    return try CovarianceModel(family: family, parameters, table: table)
  }

  /// A model with only this covariance.
  func field(
    _ shape: FieldShape, _ boundary: Boundary, noise: Double = 0, allowedClamping: Double = 0
  ) throws -> FieldModel {
    try FieldModel(
      shape: shape, boundary: boundary, scales: [Scale(weight: 1, candidates: [model()])], noise: noise,
      allowedClamping: allowedClamping)
  }

  /// Whether the family is defined by its spectral density.
  var isSpectral: Bool { family == "power_law" || family == "tabulated" }

  /// The coordinates along the directions of the length scales, by undoing one rotation after the other.
  private struct Turn {
    let ratios: (Double, Double)
    let (c1, s1, c2, s2, c3, s3): (Double, Double, Double, Double, Double, Double)

    init(_ parameters: [String: Double]) {
      func turn(_ name: String) -> (Double, Double) {
        let angle = (parameters[name] ?? 0) * .pi / 180
        return (cos(angle), sin(angle))
      }
      ratios = (parameters["ratio"] ?? 1, parameters["ratio_2"] ?? 1)
      ((c1, s1), (c2, s2), (c3, s3)) = (turn("angle"), turn("angle_2"), turn("angle_3"))
    }

    func back(_ z: Double, _ y: Double, _ x: Double) -> (Double, Double, Double) {
      // From z towards y, then from x towards z, then from y towards x.
      let (y1, z1) = (c3 * y + s3 * z, c3 * z - s3 * y)
      let (x2, z2) = (c2 * x - s2 * z1, c2 * z1 + s2 * x)
      return (c1 * x2 + s1 * y1, c1 * y1 - s1 * x2, z2)
    }
  }

  /// The distance at which the isotropic covariance has the value at the lag.
  private func distance(_ z: Double, _ y: Double, _ x: Double) -> Double {
    let (u, v, w) = turn.back(z, y, x)
    let (second, third) = (v / turn.ratios.0, w / turn.ratios.1)
    return (u * u + second * second + third * third).squareRoot()
  }

  /// C at a distance, without anisotropy.
  private func isotropic() -> (Double) -> Double {
    let l = parameters["length_scale"] ?? .nan
    switch family {
    case "squared_exponential": return { exp(-$0 * $0 / (2 * l * l)) }
    case "exponential": return { exp(-$0 / l) }
    case "matern":
      let nu = parameters["nu"] ?? .nan
      return { nu == 1.5 ? (1 + 3.0.squareRoot() * $0 / l) * exp(-3.0.squareRoot() * $0 / l) : Self.matern(nu, $0 / l) }
    case "gamma_exponential":
      let gamma = parameters["gamma"] ?? .nan
      return { exp(-pow($0 / l, gamma)) }
    case "rational_quadratic":
      let alpha = parameters["alpha"] ?? .nan
      return { pow(1 + $0 * $0 / (2 * alpha * l * l), -alpha) }
    case "spherical": return { $0 < l ? 1 - 1.5 * $0 / l + 0.5 * ($0 / l) * ($0 / l) * ($0 / l) : 0 }
    case "power_law", "tabulated": return transformOfDensity()
    default: preconditionFailure("ReferenceCovariance has no formula of \(family)")
    }
  }

  /// Uses K_nu(s) = integral over t > 0 of exp(-s cosh t) cosh(nu t) dt, by the trapezoidal rule.
  private static func matern(_ nu: Double, _ ratio: Double) -> Double {
    let s = (2 * nu).squareRoot() * ratio
    if s < 1e-12 { return 1 }
    let step = 1.0 / 16
    var (sum, t) = (0.5 * exp(-s), step)
    while s * cosh(t) < 40 + s {
      sum += exp(-s * cosh(t)) * cosh(nu * t)
      t += step
    }
    return pow(2, 1 - nu) / tgamma(nu) * pow(s, nu) * sum * step
  }

  /// S at a wave number; not normalized for a power law.
  private func density(_ k: Double) -> Double {
    if family == "power_law" {
      let (outer, inner) = (parameters["outer_scale"] ?? .nan, parameters["inner_scale"] ?? .nan)
      return k >= 2 * .pi / outer && k <= 2 * .pi / inner ? pow(k, -(parameters["beta"] ?? .nan)) : 0
    }
    guard let above = rows.firstIndex(where: { $0.k >= k }), above > 0 else { return 0 }
    let (low, high) = (rows[above - 1], rows[above])
    let part = (log(k) - log(low.k)) / (log(high.k) - log(low.k))
    return exp(log(low.density) + part * (log(high.density) - log(low.density)))
  }

  /// C at a distance by Simpson's rule, over pieces in which the density is smooth.
  private func transformOfDensity() -> (Double) -> Double {
    let ends =
      family == "tabulated"
      ? rows.map(\.k) : [2 * .pi / (parameters["outer_scale"] ?? .nan), 2 * .pi / (parameters["inner_scale"] ?? .nan)]
    let intervals = family == "tabulated" ? 24 : 128
    var (nodes, weights): ([Double], [Double]) = ([], [])
    let (dimensions, factor) = (dimensions, [1 / Double.pi, 1 / (2 * .pi), 1 / (2 * .pi * .pi)][dimensions - 1])
    for (low, high) in zip(ends, ends.dropFirst()) {
      let step = (high - low) / Double(intervals)
      for index in 0...intervals {
        // Inside the piece, despite rounding at its ends.
        let k = min(max(low + step * Double(index), low * (1 + 1e-12)), high * (1 - 1e-12))
        let simpson = index == 0 || index == intervals ? 1.0 : index % 2 == 1 ? 4 : 2
        nodes.append(k)
        weights.append(factor * simpson * step / 3 * density(k) * pow(k, Double(dimensions - 1)))
      }
    }
    let variance = family == "power_law" ? weights.reduce(0, +) : 1
    return { r in
      var sum = 0.0
      for index in nodes.indices {
        let x = nodes[index] * r
        sum += weights[index] * (dimensions == 1 ? cos(x) : dimensions == 2 ? j0(x) : x == 0 ? 1 : sin(x) / x)
      }
      return sum / variance
    }
  }

  /// C at a lag in pixels.
  func value() -> (_ z: Double, _ y: Double, _ x: Double) -> Double {
    let isotropic = isotropic()
    return { isotropic(distance($0, $1, $2)) }
  }

  /// The eigenvalues on a periodic grid: the transform of the covariance summed over all images of each lag, or the
  /// density at the modes for a spectral family.
  func eigenvalues(on torus: NaiveTransform) -> [Double] {
    isSpectral ? densities(on: torus) : torus.transform(ofEven: periodised(on: torus))
  }

  /// Images beyond this distance along the major axis do not change the eigenvalues.
  private var reach: Double {
    let l = parameters["length_scale"] ?? .nan
    switch family {
    case "squared_exponential": return 9 * l
    case "spherical": return l
    case "rational_quadratic": return 36 * l
    case "matern", "exponential", "gamma_exponential": return 22 * l
    default: preconditionFailure("ReferenceCovariance has no reach of \(family)")
    }
  }

  private func periodised(on torus: NaiveTransform) -> [Double] {
    let (isotropic, reach) = (isotropic(), reach)
    func images(_ n: Int) -> ClosedRange<Int> {
      let count = n == 1 ? 0 : Int((reach / Double(n)).rounded(.up)) + 1
      return -count...count
    }
    let (depth, height, width) = (images(torus.nz), images(torus.ny), images(torus.nx))
    return torus.fillEven { z, y, x in
      var sum = 0.0
      for i in depth {
        for j in height {
          for k in width {
            let r = distance(Double(z + i * torus.nz), Double(y + j * torus.ny), Double(x + k * torus.nx))
            if r <= reach { sum += isotropic(r) }
          }
        }
      }
      return sum
    }
  }

  private func densities(on torus: NaiveTransform) -> [Double] {
    let volume = turn.ratios.0 * turn.ratios.1
    let full = torus.fillEven { kz, ky, kx in
      // At half a turn per pixel both signs are the same wave; the density is the mean over the signs.
      var (sum, count) = (0.0, 0.0)
      for z in torus.signs(kz, torus.nz) {
        for y in torus.signs(ky, torus.ny) {
          for x in torus.signs(kx, torus.nx) {
            func wave(_ k: Int, _ n: Int) -> Double { 2 * .pi * Double(k) / Double(n) }
            let (u, v, w) = turn.back(wave(z, torus.nz), wave(y, torus.ny), wave(x, torus.nx))
            let (second, third) = (v * turn.ratios.0, w * turn.ratios.1)
            let k = (u * u + second * second + third * third).squareRoot()
            sum += k > 0 ? density(k) : 0
            count += 1
          }
        }
      }
      return volume * sum / count
    }
    // A power law has variance 1 on the grid: the eigenvalues sum to the number of modes.
    let factor = family == "power_law" ? Double(full.count) / full.reduce(0, +) : 1
    return torus.half(full).map { factor * $0 }
  }

  /// The eigenvalues, on the torus of an embedding, of the covariance at the nearest image of every lag.
  func embeddedEigenvalues(on torus: NaiveTransform) -> [Double] {
    let value = value()
    let covariance = torus.fillEven { z, y, x in
      var (sum, count) = (0.0, 0.0)
      for z in torus.signs(z, torus.nz) {
        for y in torus.signs(y, torus.ny) {
          for x in torus.signs(x, torus.nx) {
            sum += value(Double(z), Double(y), Double(x))
            count += 1
          }
        }
      }
      return sum / count
    }
    return torus.transform(ofEven: covariance)
  }

  /// The covariance by lag on the torus of an embedding whose negative eigenvalues are set to zero.
  func clamped(on torus: NaiveTransform) -> (_ z: Int, _ y: Int, _ x: Int) -> Double {
    let eigenvalues = embeddedEigenvalues(on: torus).map { max(0, $0) / Double(torus.pixels) }
    let covariance = torus.full(torus.transform(ofEven: torus.full(eigenvalues)))
    return { z, y, x in
      func place(_ c: Int, _ n: Int) -> Int { (c + n) % n }
      return covariance[(place(z, torus.nz) * torus.ny + place(y, torus.ny)) * torus.nx + place(x, torus.nx)]
    }
  }
}
