import Foundation

@testable import GaussianField

/// A slow, obvious exp(-r / l): its spectrum on a torus is the transform of the sum over images, mode by mode.
struct ExponentialForTests: Covariance {
  static let family = CovarianceFamily(
    name: "exponential_for_tests", formula: "exp(-r / l)", lengthScale: "where the correlation is 1/e",
    reference: "this file", of: ExponentialForTests.self)

  let lengthScale: Double
  var parameters: CovarianceParameters { CovarianceParameters([CovarianceFamily.lengthScaleName: lengthScale]) }

  init(_ parameters: CovarianceParameters) { lengthScale = parameters[CovarianceFamily.lengthScaleName] }
  init(lengthScale: Double) { self.lengthScale = lengthScale }

  func value(atDistance distance: Double, dimensions: Int) -> Double { exp(-distance / lengthScale) }

  /// The sum over images at a lag.
  func torusValue(_ y: Int, _ x: Int, side: Int) -> Double {
    (-8...8).reduce(0) { sum, i in
      (-8...8).reduce(sum) { sum, j in
        let (dy, dx) = (Double(y + i * side), Double(x + j * side))
        return sum + value(atDistance: (dy * dy + dx * dx).squareRoot(), dimensions: 2)
      }
    }
  }

  func ownSpectrum(on grid: Grid, _ anisotropy: Anisotropy) throws(FieldError) -> Spectrum? {
    let n = grid.extents[0]
    let covariance = (0..<n).map { y in (0..<n).map { x in torusValue(y, x, side: n) } }
    return .dense(
      (0..<n).flatMap { ky in
        (0...n / 2).map { kx in
          var sum = 0.0
          for y in 0..<n {
            for x in 0..<n {
              sum += covariance[y][x] * cos(2 * .pi * Double((ky * y + kx * x) % n) / Double(n))
            }
          }
          return max(0, sum / Double(n * n))
        }
      })
  }
}

/// A squared exponential whose spectrum is given mode by mode.
struct DenseForTests: Covariance {
  static let family = CovarianceFamily(
    name: "dense_for_tests", formula: "exp(-r^2 / (2 l^2))", lengthScale: "l", reference: "this file",
    of: DenseForTests.self)

  let lengthScale: Double
  var parameters: CovarianceParameters { CovarianceParameters([CovarianceFamily.lengthScaleName: lengthScale]) }

  init(_ parameters: CovarianceParameters) { lengthScale = parameters[CovarianceFamily.lengthScaleName] }
  init(lengthScale: Double) { self.lengthScale = lengthScale }

  private var separable: SquaredExponential { SquaredExponential(parameters) }

  func value(atDistance distance: Double, dimensions: Int) -> Double {
    separable.value(atDistance: distance, dimensions: dimensions)
  }

  func ownSpectrum(on grid: Grid, _ anisotropy: Anisotropy) throws(FieldError) -> Spectrum? {
    guard case .separable(let axes)? = try separable.ownSpectrum(on: grid, anisotropy) else { return nil }
    let height = grid.extents[0]
    return .dense((0..<height).flatMap { ky in axes[1].map { axes[0][min(ky, height - ky)] * $0 } })
  }
}
