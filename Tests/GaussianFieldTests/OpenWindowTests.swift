import Foundation
import Testing

@testable import GaussianField

/// Open windows compared with fields from the factor of their dense covariance.
@Suite struct OpenWindowTests {
  struct Example: CustomTestStringConvertible {
    let covariance: ReferenceCovariance
    let side: Int
    var testDescription: String { "\(covariance.family), \(side) x \(side)" }

    /// - Parameter change: the factor of the length scale.
    func factor(times change: Double = 1) -> CholeskyFactor? {
      var parameters = covariance.parameters
      parameters["length_scale"]? *= change
      let value = ReferenceCovariance(covariance.family, parameters, dimensions: 2).value()
      // Indexed by lag: a window has far fewer lags than pairs of pixels.
      let reach = 2 * side - 1
      let values = (0..<side * reach).map { value(0, Double($0 / reach), Double($0 % reach - side + 1)) }
      return CholeskyFactor(count: side * side) { row, column in
        values[(row / side - column / side) * reach + row % side - column % side + side - 1]
      }
    }
  }

  private static let samples = 100
  static let examples = [
    Example(covariance: ReferenceCovariance("exponential", ["length_scale": 6], dimensions: 2), side: 32),
    Example(
      covariance: ReferenceCovariance(
        "matern", ["length_scale": 3, "nu": 1.5, "ratio": 0.5, "angle": 30], dimensions: 2), side: 20),
  ]

  /// The squared distances of 100 windows from 0 in the metric of their covariance are chi-squared with as many degrees
  /// of freedom as pixels. So are those of fields from the dense factor.
  @Test(arguments: examples) func windowsAreAsFarOutAsFieldsOfTheDenseFactor(_ example: Example) throws {
    let factor = try #require(example.factor())
    let sampler = try TextureSampler(example.covariance.field(.square(side: example.side), .open), seed: 5)
    let windows = try (0..<Self.samples).map { try sampler.texture(sample: $0, choices: [0]).map(Double.init) }
    #expect(alarm(windows, factor) == nil)
    var normals = Normals(state: 6)
    let dense = (0..<Self.samples).map { _ in factor.field((0..<factor.count).map { _ in normals.next() }) }
    #expect(alarm(dense, factor) == nil)
  }

  /// Normals independent of the sampler's: SplitMix64 (Steele, Lea and Flood 2014), then Box-Muller's cosine.
  private struct Normals {
    var state: UInt64

    private mutating func uniform() -> Double {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return (Double((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53
    }

    mutating func next() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
  }

  /// A length scale that is off by 5% is detected.
  @Test(arguments: [0.95, 1.05]) func windowsOfAnotherLengthScaleAreDetected(change: Double) throws {
    let example = Self.examples[1]
    let factor = try #require(example.factor(times: change))
    let sampler = try TextureSampler(example.covariance.field(.square(side: example.side), .open), seed: 5)
    let windows = try (0..<Self.samples).map { try sampler.texture(sample: $0, choices: [0]).map(Double.init) }
    #expect(alarm(windows, factor) != nil)
  }

  /// A description of what is wrong with the squared distances; nil if nothing is.
  ///
  /// ``ChiSquared/alarm``, which is false for one seed in 700,000, checks their extremes, mean and variance. A
  /// Kolmogorov-Smirnov test allows their quantiles a difference of 0.25 from the distribution's: false for one seed in
  /// 180,000, by SciPy's `kstwo.sf(0.25, 100)`.
  private func alarm(_ fields: [[Double]], _ factor: CholeskyFactor) -> String? {
    var statistic = ChiSquared(count: fields.count)
    for (sample, field) in fields.enumerated() {
      let square = factor.whitened(field).reduce(0) { $0 + $1 * $1 }
      statistic.add(square, degreesOfFreedom: Double(factor.count), to: sample)
    }
    if let alarm = statistic.alarm { return alarm }
    let count = Double(fields.count)
    let difference = statistic.deviates.sorted().enumerated().reduce(0.0) { maximum, element in
      let probability = 0.5 * erfc(-element.element / 2.0.squareRoot())
      let (below, above) = (Double(element.offset) / count, Double(element.offset + 1) / count)
      return max(maximum, probability - below, above - probability)
    }
    return difference < 0.25 ? nil : "quantiles off by \(difference)"
  }
}
