import Foundation
import Testing

@testable import GaussianField

/// Laws of every covariance's spectra, in 1 to 3 dimensions, isotropic or not, periodic or open: one checker for all
/// families.
@Suite struct CovarianceLawTests {
  /// A covariance of each family with a closed form of C, some anisotropic.
  private static func examples(dimensions: Int) throws -> [CovarianceModel] {
    let l = CovarianceFamily.lengthScaleName
    let plain: [(String, [String: Double])] = [
      ("squared_exponential", [l: 1.3]), ("matern", [l: 1.2, "nu": 0.5]), ("matern", [l: 1.5, "nu": 1.5]),
      ("matern", [l: 1.1, "nu": 0.8]), ("exponential", [l: 1.1]), ("gamma_exponential", [l: 1.2, "gamma": 1.4]),
      ("rational_quadratic", [l: 1.1, "alpha": 4]), ("spherical", [l: 4]),
    ]
    return try plain.flatMap { name, values -> [CovarianceModel] in
      let family = try #require(CovarianceFamily.named(name))
      var variants = [values]
      if dimensions > 1 {
        variants.append(values.merging(["ratio": 0.6, "angle": 90]) { $1 })
        variants.append(values.merging(["ratio": 0.7, "angle": 30]) { $1 })
      }
      return try variants.map { try CovarianceModel(family: family, $0) }
    }
  }

  @Test func everyFamilyWithAClosedFormHasAnExample() throws {
    let spectral: Set = [PowerLaw.family.name, Tabulated.family.name]
    let names = try Set(Self.examples(dimensions: 1).map(\.name))
    #expect(names == Set(CovarianceFamily.all.map(\.name)).subtracting(spectral))
  }

  /// All lags or wave numbers of a torus.
  private static func points(_ extents: [Int]) -> [[Int]] {
    extents.reduce([[]]) { lists, n in lists.flatMap { list in (0..<n).map { list + [$0] } } }
  }

  /// The variance of the mode k, for any form of spectrum.
  private static func variance(_ spectrum: Spectrum, _ extents: [Int], _ k: [Int]) -> Double {
    func place(_ indices: [Int], _ counts: [Int]) -> Int { zip(indices, counts).reduce(0) { $0 * $1.1 + $1.0 } }
    let folded = zip(k, extents).map { min($0, $1 - $0) }
    switch spectrum {
    case .separable(let axes): return zip(axes, folded).reduce(1) { $0 * $1.0[$1.1] }
    case .even(let values): return values[place(folded, extents.map { $0 / 2 + 1 })]
    case .dense(let values):
      let last = extents.count - 1
      let isUpper = 2 * k[last] > extents[last]
      let mode = isUpper ? zip(k, extents).map { ($1 - $0) % $1 } : k
      return values[place(mode, extents.dropLast() + [extents[last] / 2 + 1])]
    }
  }

  /// The sum over images within `count` periods along each axis, at every lag.
  private static func periodised(_ model: CovarianceModel, _ extents: [Int], images count: Int) -> [Double] {
    let (covariance, anisotropy) = (model.covariance, model.anisotropy(dimensions: extents.count))
    let images = points(extents.map { _ in 2 * count + 1 }).map { image in
      zip(image, extents).map { Double(($0 - count) * $1) }
    }
    return points(extents).map { lag in
      images.reduce(0) { sum, image in
        let distance = anisotropy.squaredDistance(zip(lag, image).map { Double($0) + $1 }).squareRoot()
        return distance > 60 ? sum : sum + covariance.value(atDistance: distance, dimensions: extents.count)
      }
    }
  }

  /// The discrete Fourier transform of a covariance on a torus, divided by the number of modes, by definition.
  private static func transform(_ covariance: [Double], _ extents: [Int], _ k: [Int]) -> Double {
    let lags = points(extents)
    let sum = zip(lags, covariance).reduce(0.0) { sum, pair in
      let phase = pair.0.indices.reduce(0.0) { $0 + Double(k[$1] * pair.0[$1] % extents[$1]) / Double(extents[$1]) }
      return sum + pair.1 * cos(2 * .pi * phase)
    }
    return sum / Double(lags.count)
  }

  @Test(arguments: [[16], [15], [8, 10], [9, 8], [8, 8, 9]])
  func periodicSpectrumIsTheTransformOfThePeriodisedCovariance(extents: [Int]) throws {
    let shape = try #require(FieldShape(extents: extents))
    let grid = Grid(periodic: shape)
    for model in try Self.examples(dimensions: extents.count) {
      // The tail of the rational quadratic is too long to sum in a test; in volumes all but two tails are.
      if model.name == "rational_quadratic" { continue }
      if extents.count == 3, !["squared_exponential", "spherical"].contains(model.name) { continue }
      let spectrum = try model.spectrum(on: grid)
      let covariance = Self.periodised(model, extents, images: extents.count == 3 ? 1 : 5)
      let modes =
        [
          [[0], [1], [5], [7]], [[0, 0], [0, 3], [4, 0], [1, 2], [7, 1], [3, 7]],
          [[0, 0, 0], [1, 0, 2], [7, 3, 4], [2, 7, 8]],
        ][
          extents.count - 1]
      for k in modes {
        let expected = Self.transform(covariance, extents, k)
        let found = Self.variance(spectrum, extents, k)
        #expect(found >= 0)
        #expect(abs(found - expected) < 1e-10, "\(model.name) \(model.parameters) at \(k): \(found), \(expected)")
      }
      #expect(abs(spectrum.variance(on: grid) - covariance[0]) < 1e-9)
    }
  }

  /// Two ways to compute a Matérn spectrum agree: the sum over images, and the sum over aliases of its density.
  @Test func densitySummedOverAliasesIsTheSpectrum() throws {
    let grid = Grid(periodic: .series(length: 20))
    for (name, values) in [
      ("matern", ["length_scale": 3, "nu": 2.2]), ("rational_quadratic", ["length_scale": 2, "alpha": 3]),
    ] as [(String, [String: Double])] {
      let model = try CovarianceModel(family: try #require(CovarianceFamily.named(name)), values)
      let spectrum = try model.spectrum(on: grid)
      for k in 0...10 {
        let expected = try (-400...400).reduce(0.0) { sum, alias in
          let wave = abs(2 * Double.pi * (Double(k) / 20 + Double(alias)))
          return sum + (try #require(model.covariance.spectralDensity(at: wave, dimensions: 1))) / 20
        }
        #expect(abs(Self.variance(spectrum, [20], [k]) - expected) < 1e-10, "\(name) at \(k)")
      }
    }
  }

  /// The covariance of the embedding at every lag of the window is C.
  @Test(arguments: [[12], [9, 8], [8, 8, 8]])
  func openWindowHasTheCovariance(extents: [Int]) throws {
    let shape = try #require(FieldShape(extents: extents))
    for model in try Self.examples(dimensions: extents.count) {
      if extents.count == 3, ["rational_quadratic"].contains(model.name) { continue }
      // Long tails need embeddings too large for a test.
      let field = try FieldModel(
        shape: shape, boundary: .open, scales: [Scale(weight: 1, candidates: [model])],
        allowedClamping: model.name == "rational_quadratic" ? 1e-5 : 0)
      let embedding = try Embedding(for: field)
      #expect(zip(embedding.extents, extents).allSatisfy { $0 >= 2 * ($1 - 1) && $0 % 2 == 0 })
      #expect(embedding.negativeFraction <= max(1e-12, field.allowedClamping))
      guard embedding.extents.reduce(1, *) < 40_000 else { continue }
      let grid = Grid(open: shape, embedding: embedding.extents)
      let spectrum = try model.spectrum(on: grid)
      for lag in [extents.map { _ in 0 }, extents.map { $0 - 1 }, extents.map { $0 / 3 }] {
        let found = spectrum.covariance(atLag: lag, on: grid)
        let expected = model.value(atLag: lag.map(Double.init))
        #expect(
          abs(found - expected) < 1e-10 + 4 * field.allowedClamping,
          "\(model.name) \(model.parameters) at \(lag): \(found), \(expected)")
      }
    }
  }

  /// A table or a power law has its density at the modes, and the specified variance.
  @Test func spectralFamiliesHaveTheirDensityAtTheModes() throws {
    let shape = FieldShape.image(height: 16, width: 24)
    let grid = Grid(periodic: shape)
    let law = try CovarianceModel(
      family: try #require(CovarianceFamily.named("power_law")),
      ["beta": 3, "inner_scale": 4, "outer_scale": 16] as [String: Double])
    let spectrum = try law.spectrum(on: grid)
    #expect(abs(spectrum.variance(on: grid) - 1) < 1e-12)
    #expect(Self.variance(spectrum, shape.extents, [0, 0]) == 0)
    // k = 2 pi / 16 along y, and twice that.
    let ratio = Self.variance(spectrum, shape.extents, [1, 0]) / Self.variance(spectrum, shape.extents, [2, 0])
    #expect(abs(ratio - 8) < 1e-9)
    #expect(Self.variance(spectrum, shape.extents, [5, 0]) == 0)
  }

  /// A tail whose sum over periods diverges is rejected with a message that names its exponent.
  @Test func tailThatCannotBeSummedIsRefused() throws {
    let model = try CovarianceModel(
      family: try #require(CovarianceFamily.named("rational_quadratic")), ["length_scale": 3, "alpha": 0.5])
    let error = #expect(throws: FieldError.self) {
      try model.spectrum(on: Grid(periodic: .square(side: 16)))
    }
    #expect(error?.code == .invalidCovariance)
    #expect(error?.message.contains("r^-1") == true, "\(error?.message ?? "")")
  }
}
