import Testing

@testable import GaussianField

/// A bound on the variance, which avoids computing the spectrum, decides whether a recipe's pixels fit their type.
@Suite struct VarianceBoundTests {
  /// Length scales from a twentieth of the side to more than the side, isotropic and tilted.
  private static func examples(dimensions: Int) throws -> [CovarianceModel] {
    let families: [(String, [String: Double])] = [
      ("squared_exponential", [:]), ("matern", ["nu": 0.8]), ("matern", ["nu": 2.5]), ("exponential", [:]),
      ("rational_quadratic", ["alpha": 5]), ("spherical", [:]), ("gamma_exponential", ["gamma": 1.5]),
    ]
    return try families.flatMap { name, values -> [CovarianceModel] in
      let family = try #require(CovarianceFamily.named(name))
      return try [0.5, 3, 12].flatMap { lengthScale -> [CovarianceModel] in
        let isotropic = values.merging([CovarianceFamily.lengthScaleName: lengthScale]) { $1 }
        let tilted = isotropic.merging(["ratio": 0.6, "angle": 30]) { $1 }
        return try (dimensions == 1 ? [isotropic] : [isotropic, tilted]).map {
          try CovarianceModel(family: family, $0)
        }
      }
    }
  }

  @Test func everyFamilyWithALengthScaleHasAnExample() throws {
    let names = try Set(Self.examples(dimensions: 1).map(\.name))
    #expect(names == Set(CovarianceFamily.all.filter(\.hasLengthScale).map(\.name)))
  }

  @Test(arguments: [[10], [8, 9]])
  func boundsHoldAndAreExactWhereImagesAreFew(extents: [Int]) throws {
    let shape = try #require(FieldShape(extents: extents))
    var exact = 0
    for candidate in try Self.examples(dimensions: extents.count) {
      let field = try FieldModel(shape: shape, scales: [Scale(weight: 1, candidates: [candidate])])
      let variance = try candidate.spectrum(on: Grid(periodic: shape)).variance(on: Grid(periodic: shape))
      let bound = try #require(field.varianceBound(of: candidate))
      #expect(bound >= variance * (1 - 1e-9), "\(candidate.name) \(candidate.parameters)")
      if abs(bound - variance) < 1e-9 * variance { exact += 1 }
    }
    // The others are sums of more than a thousand images.
    #expect(exact >= 14, "\(exact)")
  }

  /// A slow tail without a closed-form spectral density: 2,300 images are summed, and the bound uses shells of them.
  @Test func boundOfASlowTailIsClose() throws {
    let shape = FieldShape.series(length: 10)
    let candidate = try CovarianceModel(family: GammaExponential.family, ["length_scale": 3, "gamma": 0.45])
    let field = try FieldModel(shape: shape, scales: [Scale(weight: 1, candidates: [candidate])])
    let variance = field.variance(of: candidate)
    let bound = try #require(field.varianceBound(of: candidate))
    #expect(bound >= variance && bound <= 2 * variance, "\(bound), \(variance)")
  }

  @Test func spectraOfUnitVarianceNeedNoSum() throws {
    let shape = FieldShape.square(side: 64)
    let law = try CovarianceModel(family: PowerLaw.family, ["beta": 3, "outer_scale": 64, "inner_scale": 4])
    let rows = [(0.09, 900.0), (0.15, 400), (0.3, 100), (0.6, 20), (1.2, 5), (2.4, 2), (4.5, 1)]
    let table = try SpectrumTable(rows.map { .init(waveNumber: $0.0, density: $0.1) })
    let normalized = try CovarianceModel(family: Tabulated.family, ["normalize": 1], table: table)
    let plain = try CovarianceModel(family: Tabulated.family, [:] as [String: Double], table: table)
    let field = try FieldModel(shape: shape, scales: [Scale(weight: 1, candidates: [law, normalized, plain])])
    #expect(field.varianceBound(of: law) == 1)
    #expect(field.varianceBound(of: normalized) == 1)
    let bound = try #require(field.varianceBound(of: plain))
    #expect(bound >= field.variance(of: plain))
  }
}
