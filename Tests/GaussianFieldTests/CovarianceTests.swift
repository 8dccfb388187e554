import Foundation
import Testing

@testable import GaussianField

extension Grid {
  /// The grid of a periodic square.
  static func torus(_ side: Int) -> Grid { Grid(periodic: .square(side: side)) }
}

@Suite struct SquaredExponentialTests {
  @Test(arguments: [8, 9, 16, 31, 64], [0.5, 0.9, 2, 7, 20])
  func spectrumIsTheTransformOfTheCovariance(side: Int, lengthScale: Double) throws {
    let covariance = try SquaredExponential(lengthScale: lengthScale)
    let spectrum = covariance.axisSpectrum(side: side)
    let expected = ReferenceSampler.eigenvalues(side: side, lengthScale: lengthScale)
    #expect(spectrum.count == side / 2 + 1)
    for k in spectrum.indices {
      #expect(abs(spectrum[k] * Double(side) - expected[k]) < 1e-12 * expected[0])
      #expect(spectrum[k] >= 0)
    }
  }

  @Test(arguments: [8, 9, 64], [0.5, 2, 20, 500])
  func spectrumSumsToTheVariance(side: Int, lengthScale: Double) throws {
    let model = try CovarianceModel(family: SquaredExponential.family, ["length_scale": lengthScale])
    let spectrum = try SquaredExponential(lengthScale: lengthScale).axisSpectrum(side: side)
    let axis = (0..<side).reduce(0) { $0 + spectrum[min($1, side - $1)] }
    #expect(abs(axis * axis / model.variance(on: .torus(side)) - 1) < 1e-12)
  }

  /// The sum over images, computed in Python:
  ///
  ///     a = lambda x, l, n: sum(exp(-(x + m*n)**2 / (2*l*l)) for m in range(-300, 301))
  ///     a(0, l, n)**2, (a(n/2, l, n) / a(0, l, n))**2
  @Test(arguments: [
    (10.0, 1024, 1.0, 0.0),
    (1.5, 8, 1.0000026633463608, 0.003263942647281715),
    (256, 1024, 1.0013423006523596, 0.07316436347134954),
    (300, 1024, 1.0118410777802491, 0.21477359602241855),
    (511.99, 1024, 1.6162549660002627, 0.9440745637447987),
    (512, 1024, 1.6163092660418823, 0.9440850374078245),
    (80, 64, 9.81747704246969, 0.9999999999996769),
    (2000, 1024, 23.968449810713132, 1.0),
  ])
  func periodicCovarianceIsTheSumOfItsImages(
    lengthScale: Double, side: Int, variance: Double, lowestCorrelation: Double
  ) throws {
    let covariance = try SquaredExponential(lengthScale: lengthScale)
    let model = try CovarianceModel(family: SquaredExponential.family, ["length_scale": lengthScale])
    let axis =
      covariance.torusValue(atDistance: Double(side) / 2, side: side) / covariance.torusValue(atDistance: 0, side: side)
    #expect(abs(model.variance(on: .torus(side)) - variance) <= 1e-13 * variance)
    #expect(abs(axis * axis - lowestCorrelation) <= 1e-13)
    guard side.isMultiple(of: 2) else { return }
    let corner = try model.spectrum(on: .torus(side)).covariance(atLag: [side / 2, side / 2], on: .torus(side))
    #expect(abs(corner - lowestCorrelation * variance) <= 1e-13 * variance)
  }

  @Test(arguments: [0, -1, 0.499, .nan, .infinity])
  func unresolvedLengthScaleIsRefused(lengthScale: Double) {
    #expect { try SquaredExponential(lengthScale: lengthScale) } throws: {
      ($0 as? FieldError)?.code == .invalidCovariance
    }
  }
}

@Suite struct BandLimitTests {
  @Test(arguments: [8, 9, 64, 101], [0.5, 1, 3, 9.5, 40])
  func dropsAtMostTheTolerance(side: Int, lengthScale: Double) throws {
    let spectrum = try SquaredExponential(lengthScale: lengthScale).axisSpectrum(side: side)
    let limit = BandLimit(.separable([spectrum, spectrum]), on: .torus(side))
    // Summed term by term over all signed wave numbers.
    var (dropped, total, modes) = (0.0, 0.0, 0)
    for iy in 0..<side {
      for ix in 0..<side {
        let (ky, kx) = (min(iy, side - iy), min(ix, side - ix))
        let variance = spectrum[ky] * spectrum[kx]
        let kept = kx < limit.rows.count && ky <= limit.rows[kx]
        total += variance
        if !kept { dropped += variance }
        if kept && 2 * ix <= side { modes += 1 }
      }
    }
    #expect(dropped <= BandLimit.tolerance * total)
    #expect(abs(dropped / total - limit.droppedVariance) < 1e-15)
    #expect(modes == limit.modes)
    #expect(limit.rows == limit.rows.sorted(by: >))
  }

  /// Without the mode (0, 0), up to the maximum length scale of a standardized field, where almost no variance is left.
  @Test(arguments: [16, 33], [0.3, 1, 1.5, 2])
  func withoutTheMeanDropsAtMostTheToleranceOfTheRest(side: Int, ratio: Double) throws {
    let spectrum = try SquaredExponential(lengthScale: ratio * Double(side)).axisSpectrum(side: side)
    let limit = BandLimit(.separable([spectrum, spectrum]), on: .torus(side), withoutMean: true)
    var (dropped, rest) = (0.0, 0.0)
    for iy in 0..<side {
      for ix in 0..<side where iy + ix > 0 {
        let (ky, kx) = (min(iy, side - iy), min(ix, side - ix))
        rest += spectrum[ky] * spectrum[kx]
        if kx >= limit.rows.count || ky > limit.rows[kx] { dropped += spectrum[ky] * spectrum[kx] }
      }
    }
    #expect(dropped <= BandLimit.tolerance * rest)
    #expect(abs(dropped / rest - limit.droppedVariance) < 1e-15)
    #expect(limit.rows.count >= 2)
  }

  /// The modes of a smooth field on a large grid fill the disc |k| l < sqrt(-2 ln 1e-12) = 7.43.
  @Test func smoothFieldNeedsFewModes() throws {
    let spectrum = try SquaredExponential(lengthScale: 9.5).axisSpectrum(side: 1024)
    let limit = BandLimit(.separable([spectrum, spectrum]), on: .torus(1024))
    let radius = 7.434 * 1024 / (2 * Double.pi * 9.5)
    #expect(abs(Double(limit.rows.count) - radius) < 2)
    #expect(abs(Double(limit.modes) / (Double.pi * radius * radius / 2) - 1) < 0.02)
    #expect(limit.droppedVariance > 0.9e-12)
  }
}
