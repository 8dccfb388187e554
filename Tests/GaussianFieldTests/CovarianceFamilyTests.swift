import Foundation
import Testing

@testable import GaussianField

/// What every family of covariances promises, checked for all of them.
@Suite struct CovarianceFamilyTests {
  /// A covariance of each family: parameters beside the length scale in the middle of their ranges.
  private static func examples(lengthScale: Double) throws -> [any Covariance] {
    try CovarianceFamily.all.map { family in
      let values: [(String, Double)] = family.parameters.map { parameter in
        let middle = (parameter.range.lowerBound + min(parameter.range.upperBound, 4)) / 2
        return (parameter.name, parameter.name == CovarianceFamily.lengthScaleName ? lengthScale : middle)
      }
      return try CovarianceModel(family: family, Dictionary(uniqueKeysWithValues: values)).covariance
    }
  }

  @Test func namesAreDifferentAndTheLengthScaleComesFirst() {
    #expect(Set(CovarianceFamily.all.map(\.name)).count == CovarianceFamily.all.count)
    for family in CovarianceFamily.all {
      #expect(family.parameters.first?.name == CovarianceFamily.lengthScaleName)
      #expect(Set(family.parameters.map(\.name)).count == family.parameters.count)
      #expect(CovarianceFamily.named(family.name)?.formula == family.formula)
      #expect(!family.formula.isEmpty && !family.reference.isEmpty)
    }
    #expect(CovarianceFamily.named("none") == nil)
  }

  @Test(arguments: [0.5, 1.5, 3]) func covarianceIsOneAtLagZeroAndNoMoreElsewhere(lengthScale: Double) throws {
    for covariance in try Self.examples(lengthScale: lengthScale) {
      #expect(covariance.lengthScale == lengthScale)
      #expect(covariance.value(atLag: [0, 0]) == 1)
      for lag in [[0.0, 1], [1, 0], [2, -3], [40, 40]] {
        #expect(abs(covariance.value(atLag: lag)) <= 1, "\(covariance.name) at \(lag)")
        #expect(covariance.value(atLag: lag) == covariance.value(atLag: lag.map { -$0 }))
      }
    }
  }

  /// The spectrum on a torus is the one whose covariance is the sum over all images.
  @Test(arguments: [16, 15], [0.7, 2.5]) func spectrumHasTheCovarianceOfTheImages(side: Int, lengthScale: Double) throws
  {
    for covariance in try Self.examples(lengthScale: lengthScale) {
      let grid = Grid.torus(side)
      let spectrum = covariance.spectrum(on: grid)
      for lag in [[0, 0], [0, 1], [1, 0], [2, 3], [3, -2], [side / 2, side / 2]] {
        let images = (-30...30).flatMap { y in (-30...30).map { x in [lag[0] + y * side, lag[1] + x * side] } }
        let expected = images.reduce(0) { $0 + covariance.value(atLag: $1.map(Double.init)) }
        #expect(
          abs(spectrum.covariance(atLag: lag, on: grid) - expected) < 1e-12, "\(covariance.name) at lag \(lag)")
      }
      #expect(abs(covariance.variance(on: grid) - spectrum.covariance(atLag: [0, 0], on: grid)) < 1e-12)
      switch spectrum {
      case .separable(let axes):
        #expect(axes.map(\.count) == [side / 2 + 1, side / 2 + 1])
        #expect(axes.joined().allSatisfy { $0 >= 0 })
      case .dense(let variances):
        #expect(variances.count == side * (side / 2 + 1))
        #expect(variances.allSatisfy { $0 >= 0 })
      case .even(let variances):
        #expect(variances.count == (side / 2 + 1) * (side / 2 + 1))
        #expect(variances.allSatisfy { $0 >= 0 })
      }
    }
  }

  @Test func parametersAreChecked() throws {
    let family = SquaredExponential.family
    #expect(try CovarianceModel(family: family, ["length_scale": 4]).lengthScale == 4)
    for (values, says) in [
      ([:], "needs a value of length_scale"), (["length_scale": 0.4], "length_scale 0.4 of squared_exponential"),
      (["length_scale": .nan], "length_scale nan"), (["length_scale": 4, "nu": 1], "has no parameter nu"),
    ] as [([String: Double], String)] {
      let error = #expect(throws: FieldError.self) { try CovarianceModel(family: family, values) }
      #expect(error?.code == .invalidCovariance)
      #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
    }
  }

  @Test func modelsOfOneFamilyAndEqualParametersAreEqual() throws {
    func model(_ family: CovarianceFamily, _ lengthScale: Double) throws -> CovarianceModel {
      try CovarianceModel(family: family, [CovarianceFamily.lengthScaleName: lengthScale])
    }
    #expect(try model(SquaredExponential.family, 4) == model(SquaredExponential.family, 4))
    #expect(try model(SquaredExponential.family, 4) != model(SquaredExponential.family, 5))
    #expect(try model(SquaredExponential.family, 4) != model(ExponentialForTests.family, 4))
  }
}
