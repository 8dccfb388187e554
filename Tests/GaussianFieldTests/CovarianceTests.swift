import Foundation
import Testing

@testable import GaussianField

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
    let covariance = try SquaredExponential(lengthScale: lengthScale)
    let spectrum = covariance.axisSpectrum(side: side)
    let axis = (0..<side).reduce(0) { $0 + spectrum[min($1, side - $1)] }
    #expect(abs(axis * axis / covariance.torusVariance(side: side) - 1) < 1e-12)
  }

  @Test(arguments: [0, -1, 0.499, .nan, .infinity])
  func refusesWhatAGridCannotShow(lengthScale: Double) {
    #expect { try SquaredExponential(lengthScale: lengthScale) } throws: {
      ($0 as? FieldError)?.code == .unresolvedLengthScale
    }
  }
}

@Suite struct BandLimitTests {
  @Test(arguments: [8, 9, 64, 101], [0.5, 1, 3, 9.5, 40])
  func dropsAtMostTheTolerance(side: Int, lengthScale: Double) throws {
    let spectrum = try SquaredExponential(lengthScale: lengthScale).axisSpectrum(side: side)
    let limit = BandLimit(spectrum: spectrum, side: side)
    // Term by term over all signed wave numbers.
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

  /// Without the mode (0, 0), up to the maximum length scale of a standardized field, where next to nothing is left.
  @Test(arguments: [16, 33], [0.3, 1, 1.5, 2])
  func withoutTheMeanDropsAtMostTheToleranceOfTheRest(side: Int, ratio: Double) throws {
    let spectrum = try SquaredExponential(lengthScale: ratio * Double(side)).axisSpectrum(side: side)
    let limit = BandLimit(spectrum: spectrum, side: side, withoutMean: true)
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

  /// The figures of a smooth field on a large grid: the disc |k| l < sqrt(-2 ln 1e-12) = 7.43.
  @Test func smoothFieldNeedsFewModes() throws {
    let spectrum = try SquaredExponential(lengthScale: 9.5).axisSpectrum(side: 1024)
    let limit = BandLimit(spectrum: spectrum, side: 1024)
    let radius = 7.434 * 1024 / (2 * Double.pi * 9.5)
    #expect(abs(Double(limit.rows.count) - radius) < 2)
    #expect(abs(Double(limit.modes) / (Double.pi * radius * radius / 2) - 1) < 0.02)
    #expect(limit.droppedVariance > 0.9e-12)
  }
}
