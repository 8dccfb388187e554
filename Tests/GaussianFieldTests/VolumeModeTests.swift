import Foundation
import Testing

@testable import GaussianField

/// The power of the modes of volumes, whose self-conjugate planes, lines and points are each drawn differently.
@Suite struct VolumeModeTests {
  /// The location of a wave number: anywhere, at 0, or at half a turn per pixel.
  private enum Place: CaseIterable {
    case free, zero, half

    func contains(_ k: Int, _ n: Int) -> Bool {
      switch self {
      case .free: true
      case .zero: k == 0
      case .half: 2 * k == n
      }
    }
  }

  /// 300 volumes: every mode individually, and combined those of each plane, line and point where wave numbers along
  /// one, two or three axes are 0 or half a turn per pixel. Each mode adds its degrees of freedom, and a real mode has
  /// one.
  ///
  /// ``ChiSquared/alarm`` is false for one seed in 400,000 with 644 modes. A plane, line or point may deviate by 5, and
  /// there are at most 26: a false alarm for one seed in 60,000. Half or twice the power of any of them would be
  /// detected.
  @Test(
    arguments: [([8, 8, 8], 0.0), ([8, 9, 10], 0), ([8, 9, 10], 30), ([9, 11, 13], 30)]
      as [(extents: [Int], tilt: Double)])
  func everyModePlaneLineAndPointHasItsPower(_ volume: (extents: [Int], tilt: Double)) throws {
    let samples = 300
    let covariance = ReferenceCovariance(
      "squared_exponential",
      ["length_scale": 0.8, "ratio": 0.8, "ratio_2": 0.7, "angle": volume.tilt, "angle_2": volume.tilt], dimensions: 3)
    let shape = try #require(FieldShape(extents: volume.extents))
    let sampler = try TextureSampler(covariance.field(shape, .periodic), seed: 31)
    let torus = NaiveTransform(volume.extents)
    let whitening = Whitening(modesOf: torus, covariance.eigenvalues(on: torus))
    let modes = torus.modes
    try #require(whitening.degreesOfFreedom.count == modes.count)
    var statistic = ChiSquared(whitening)
    for sample in 0..<samples { statistic.add(try sampler.texture(sample: sample, choices: [0]), whitening) }
    #expect(statistic.alarm == nil)

    let (nz, ny, nx) = (torus.nz, torus.ny, torus.nx)
    for z in Place.allCases {
      for y in Place.allCases {
        for x in Place.allCases {
          let chosen = modes.indices.filter {
            z.contains(modes[$0].z, nz) && y.contains(modes[$0].y, ny) && x.contains(modes[$0].x, nx)
          }
          let count = zip([z, y, x], volume.extents).reduce(1) {
            $0 * ($1.0 == .free ? $1.1 : $1.0 == .zero ? 1 : 1 - $1.1 % 2)
          }
          let sum = chosen.reduce(0) { $0 + statistic.sums[$1] }
          let degreesOfFreedom = chosen.reduce(0) { $0 + statistic.degreesOfFreedom[$1] }
          #expect(degreesOfFreedom == Double(samples * count))
          if count == 0 { continue }
          func deviate(_ factor: Double) -> Double {
            ChiSquared.deviate(factor * sum, degreesOfFreedom: degreesOfFreedom)
          }
          #expect(abs(deviate(1)) < 5, "\(z), \(y), \(x)")
          #expect(deviate(0.5) < -5 && deviate(2) > 5, "\(z), \(y), \(x)")
        }
      }
    }
  }
}
