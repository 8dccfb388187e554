import Foundation
import Testing

@testable import GaussianField

/// Circulant embedding: the reported eigenvalues, and the covariance of windows.
@Suite struct EmbeddingTests {
  struct Example: CustomTestStringConvertible {
    let covariance: ReferenceCovariance
    let shape: FieldShape
    /// 0 if no eigenvalue may be negative.
    var allowedClamping = 0.0

    init(_ family: String, _ parameters: [String: Double], _ extents: Int..., allowing clamping: Double = 0) {
      covariance = ReferenceCovariance(family, parameters, dimensions: extents.count)
      shape =
        switch extents.count {
        case 1: .series(length: extents[0])
        case 2: .image(height: extents[0], width: extents[1])
        default: .volume(depth: extents[0], height: extents[1], width: extents[2])
        }
      allowedClamping = clamping
    }

    var testDescription: String { "\(covariance.family) \(covariance.parameters), \(shape)" }

    func model() throws -> FieldModel { try covariance.field(shape, .open, allowedClamping: allowedClamping) }
  }

  /// Smooth fields, long length scales and long tails, for which a torus near the window's size is too small.
  static let clamped = [
    Example("rational_quadratic", ["length_scale": 3, "alpha": 1], 12, allowing: 1e-3),
    Example("squared_exponential", ["length_scale": 6], 17, allowing: 1e-4),
    Example("matern", ["length_scale": 9, "nu": 1.5], 10, allowing: 1e-3),
    Example("squared_exponential", ["length_scale": 4], 8, 9, allowing: 1e-3),
    Example("rational_quadratic", ["length_scale": 2, "alpha": 2, "ratio": 0.5, "angle": 30], 8, 8, allowing: 1e-4),
    Example("spherical", ["length_scale": 30], 9, 8, allowing: 0.01),
    Example("matern", ["length_scale": 3, "nu": 1.5], 8, 8, 8, allowing: 0.01),
  ]

  @Test(arguments: clamped) func negativeEigenvaluesMatchABruteForceTransform(_ example: Example) throws {
    let embedding = try Embedding(for: example.model())
    let found = negatives(of: example, on: embedding.extents)
    #expect(found.fraction > 1e-9 && found.fraction <= example.allowedClamping)
    #expect(abs(embedding.negativeFraction / found.fraction - 1) < 1e-6)
    #expect(embedding.negativeCount == found.count)
  }

  /// The negative eigenvalues: the sum of magnitudes relative to the sum of all, and their number.
  private func negatives(of example: Example, on extents: [Int]) -> (fraction: Double, count: Int) {
    let torus = NaiveTransform(extents)
    let eigenvalues = torus.full(example.covariance.embeddedEigenvalues(on: torus))
    let threshold = -1e-13 * (eigenvalues.max() ?? 0)
    let negative = eigenvalues.filter { $0 < threshold }
    return (-negative.reduce(0, +) / eigenvalues.reduce(0, +), negative.count)
  }

  /// The next smaller size exceeds the tolerance.
  @Test(arguments: clamped.filter { $0.shape.dimensions == 1 }) func smallestSizeIsTaken(_ example: Example) throws {
    let extent = try Embedding(for: example.model()).extents[0]
    let sizes = (1..<extent / 2).map { 2 * $0 }.filter { size in
      [2, 3, 5, 7].reduce(size) { rest, factor in
        var rest = rest
        while rest % factor == 0 { rest /= factor }
        return rest
      } == 1
    }
    let before = try #require(sizes.last)
    #expect(before >= 2 * (example.shape.rowLength - 1))
    #expect(negatives(of: example, on: [before]).fraction > example.allowedClamping)
  }

  /// Clamping changes the covariance at no lag by more than the clamped fraction of the variance.
  @Test(arguments: clamped) func clampingChangesTheCovarianceByAtMostItsFraction(_ example: Example) throws {
    let embedding = try Embedding(for: example.model())
    let grid = Grid(open: example.shape, embedding: embedding.extents)
    let spectrum = try example.covariance.model().spectrum(on: grid)
    let (clamped, value) = (
      example.covariance.clamped(on: NaiveTransform(embedding.extents)), example.covariance.value()
    )
    for lag in Self.lags(example.shape) {
      let at = Array(repeating: 0, count: 3 - lag.count) + lag
      let expected = clamped(at[0], at[1], at[2])
      #expect(abs(spectrum.covariance(atLag: lag, on: grid) - expected) < 1e-11)
      let exact = value(Double(at[0]), Double(at[1]), Double(at[2]))
      #expect(abs(expected - exact) < embedding.negativeFraction * (1 + 1e-9))
    }
  }

  /// Long tails, long length scales, and the roughest fields, without negative eigenvalues.
  static let exact = [
    Example("rational_quadratic", ["length_scale": 2.5, "alpha": 2.5], 16),
    Example("gamma_exponential", ["length_scale": 5, "gamma": 0.5], 16),
    Example("matern", ["length_scale": 20, "nu": 0.3], 13),
    Example("exponential", ["length_scale": 200], 16),
    Example("spherical", ["length_scale": 300], 16),
    Example("matern", ["length_scale": 8, "nu": 1.5], 16),
    Example("exponential", ["length_scale": 8], 8, 9),
    Example("exponential", ["length_scale": 6, "ratio": 0.5, "angle": -60], 8, 9),
    Example("exponential", ["length_scale": 2.5], 8, 8, 9),
  ]

  /// Lags from one corner to the others.
  @Test(arguments: exact) func covarianceIsExactAtEveryLag(_ example: Example) throws {
    let embedding = try Embedding(for: example.model())
    #expect(embedding.negativeFraction == 0 && embedding.negativeCount == 0)
    let grid = Grid(open: example.shape, embedding: embedding.extents)
    let spectrum = try example.covariance.model().spectrum(on: grid)
    let value = example.covariance.value()
    for lag in Self.lags(example.shape) {
      let at = Array(repeating: 0.0, count: 3 - lag.count) + lag.map(Double.init)
      #expect(abs(spectrum.covariance(atLag: lag, on: grid) - value(at[0], at[1], at[2])) < 1e-11, "lag \(lag)")
    }
  }

  /// Opposite ends of these windows are strongly correlated, so a torus on which they are too close would be detected.
  /// ``ChiSquared/alarm`` is false for one seed in 700,000, for any of the nine for one in 70,000.
  @Test(arguments: exact) func windowsHaveTheCovariance(_ example: Example) throws {
    let sampler = try TextureSampler(example.model(), seed: 23)
    let value = example.covariance.value()
    let whitening = try Whitening(windowOf: example.shape) { value(Double($0), Double($1), Double($2)) }
    var statistic = ChiSquared(whitening)
    for sample in 0..<80 { statistic.add(try sampler.texture(sample: sample, choices: [0]), whitening) }
    #expect(statistic.alarm == nil)
  }

  /// Each axis has the padding that the covariance needs, regardless of the others.
  @Test(arguments: [[8, 256], [256, 8], [8, 8, 64]])
  func everyAxisHasItsOwnExtent(extents: [Int]) throws {
    let shape = try #require(FieldShape(extents: extents))
    let covariance = ReferenceCovariance("exponential", ["length_scale": 2], dimensions: extents.count)
    let embedding = try Embedding(for: covariance.field(shape, .open))
    for (torus, window) in zip(embedding.extents, extents) {
      #expect(torus >= 2 * (window - 1))
      #expect(window > 8 || torus < 64, "\(embedding.extents)")
    }
  }

  /// A density that ends in a jump has negative eigenvalues on every torus; the search stops before memory runs out.
  @Test(arguments: [[24], [24, 24]])
  func hopelessPowerLawIsRefused(extents: [Int]) throws {
    let shape = try #require(FieldShape(extents: extents))
    let law = try CovarianceModel(family: PowerLaw.family, ["beta": 2, "outer_scale": 12, "inner_scale": 4])
    let model = try FieldModel(shape: shape, boundary: .open, scales: [Scale(weight: 1, candidates: [law])])
    let error = #expect(throws: FieldError.self) { try Embedding(for: model) }
    #expect(error?.message.contains("of the sum of all, expected at most") == true, "\(error?.message ?? "")")
  }

  @Test(arguments: 1...3)
  func tableOfABandLimitedCovarianceMatchesItsQuadrature(dimensions: Int) throws {
    let law = PowerLaw(CovarianceParameters(["beta": 3, "outer_scale": 50, "inner_scale": 2.5]))
    let function = law.function(toDistance: 90, dimensions: dimensions)
    for distance in stride(from: 0.0, through: 90, by: 0.37) {
      #expect(abs(function(distance) - law.value(atDistance: distance, dimensions: dimensions)) < 1e-13)
    }
  }

  private static func lags(_ shape: FieldShape) -> [[Int]] {
    let along = shape.extents.map { n in
      switch shape {
      case .series: Array(0..<n)
      case .image: [1 - n, 0, 1, n - 1]
      case .volume: [1 - n, 0, n - 1]
      }
    }
    return along.reduce([[]]) { lags, ends in lags.flatMap { lag in ends.map { lag + [$0] } } }
  }
}
