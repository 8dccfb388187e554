import Foundation
import Testing

@testable import GaussianField

@Suite struct AnisotropyTests {
  /// GSTools in Python:
  ///
  ///     m = gstools.Gaussian(dim=3, len_scale=10, anis=[.5, .25], angles=np.radians([30, 20, 50]), rescale=np.sqrt(.5))
  ///     m.cov_spatial([[3.], [2.], [1.]]), m.cov_spatial([[0.], [4.], [-1.]])
  @Test(arguments: [([1.0, 2, 3], 0.92921708), ([-1, 4, 0], 0.3649427)])
  func volumesAreRotatedAsInGSTools(lag: [Double], expected: Double) throws {
    let model = try CovarianceModel(
      family: SquaredExponential.family,
      ["length_scale": 10, "ratio": 0.5, "ratio_2": 0.25, "angle": 30, "angle_2": 20, "angle_3": 50])
    #expect(abs(model.value(atLag: lag) - expected) < 1e-8)
  }

  @Test func majorAxisOfImagesLiesAtTheAngleFromXTowardsY() throws {
    let model = try CovarianceModel(family: Exponential.family, ["length_scale": 10, "ratio": 0.25, "angle": 30])
    let (c, s) = (cos(Double.pi / 6), sin(Double.pi / 6))
    #expect(abs(model.value(atLag: [10 * s, 10 * c]) - exp(-1)) < 1e-14)
    #expect(abs(model.value(atLag: [2.5 * c, -2.5 * s]) - exp(-1)) < 1e-14)
  }

  @Test func quarterTurnsAreAlignedAndIsotropicModelsHaveNoAngle() throws {
    for angle in [0.0, 90, 180, -270, 360] {
      #expect(Anisotropy(["ratio": 0.3, "angle": angle], dimensions: 2).isAligned)
    }
    #expect(!Anisotropy(["ratio": 0.3, "angle": 45], dimensions: 2).isAligned)
    // Rotated in the plane in which it is isotropic.
    #expect(Anisotropy(["ratio_2": 0.3, "angle": 45], dimensions: 3).isAligned)
    let model = try CovarianceModel(family: Exponential.family, ["length_scale": 10, "ratio": 1, "angle": 30])
    #expect(model == (try CovarianceModel(family: Exponential.family, ["length_scale": 10])))
    #expect(model.isIsotropic)
  }
}

@Suite struct SpectrumTableTests {
  private func table(_ rows: [(Double, Double)]) throws -> SpectrumTable {
    try SpectrumTable(rows.map { .init(waveNumber: $0.0, density: $0.1) })
  }

  @Test func rowsAreInterpolatedByPowerLaws() throws {
    let table = try table([(0.1, 100), (0.2, 25), (0.4, 25)])
    #expect(abs(table.density(at: 0.14) - 1 / (0.14 * 0.14)) < 1e-11)
    #expect(abs(table.density(at: 0.3) - 25) < 1e-12)
    #expect(table.density(at: 0.1) == 100 && table.density(at: 0.4) == 25)
    #expect(table.density(at: 0.09) == 0 && table.density(at: 0.41) == 0 && table.density(at: 0) == 0)
  }

  @Test func invalidTablesAreRefused() {
    for (rows, says) in [
      ([(1, 1)], "found 1 row,"), ([(0.1, 1), (0.1, 1)], "sort the rows"), ([(0.1, 1), (0.3, 1)], "add rows between"),
      ([(0, 1), (1, 1)], "row 1: found k = 0"), ([(0.1, 1), (0.2, -1)], "not positive definite"),
      ([(0.1, 0), (0.2, 0)], "P = 0 in every row"), ([(0.1, .nan), (0.2, 0)], "row 1: found P = nan"),
    ] as [([(Double, Double)], String)] {
      let error = #expect(throws: FieldError.self) { try table(rows) }
      #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
    }
  }
}
