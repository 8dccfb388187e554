import Foundation
import Testing

@testable import GaussianField

/// Properties of every family of covariances.
@Suite struct CovarianceFamilyTests {
  @Test func namesAreDifferentAndTheLengthScaleComesFirst() {
    #expect(Set(CovarianceFamily.all.map(\.name)).count == CovarianceFamily.all.count)
    for family in CovarianceFamily.all {
      let names = family.parameters.map(\.name)
      #expect(Set(names).count == names.count)
      #expect(family.hasLengthScale == names.contains(CovarianceFamily.lengthScaleName))
      #expect(CovarianceFamily.named(family.name)?.formula == family.formula)
      #expect(!family.formula.isEmpty && !family.reference.isEmpty)
    }
    #expect(CovarianceFamily.named("none") == nil)
  }

  /// The documented number, to its last digit.
  @Test(arguments: CovarianceFamily.all.map(\.name)) func workedExampleIsTheValue(name: String) throws {
    let family = try #require(CovarianceFamily.named(name))
    let example = try #require(family.workedExample)
    let covariance = try CovarianceModel(family: family, example.parameters, table: example.table).covariance
    let value = covariance.value(atDistance: example.distance, dimensions: example.dimensions ?? 2)
    #expect(abs(value - example.value) <= 0.5000001e-4, "\(example.text): found \(value)")
  }

  /// A family documents S(k) if, and only if, it has a closed form.
  @Test(arguments: CovarianceFamily.all.map(\.name)) func spectralDensityIsDocumented(name: String) throws {
    let family = try #require(CovarianceFamily.named(name))
    let example = try #require(family.workedExample)
    let covariance = try CovarianceModel(family: family, example.parameters, table: example.table).covariance
    #expect((covariance.spectralDensity(at: 0.5, dimensions: 2) != nil) == (family.spectralDensity != nil))
  }

  @Test func covarianceIsOneAtZeroAndAtMostOneElsewhere() throws {
    for family in CovarianceFamily.all where family.name != Tabulated.family.name {
      let example = try #require(family.workedExample)
      let covariance = try CovarianceModel(family: family, example.parameters).covariance
      for dimensions in 1...3 {
        #expect(abs(covariance.value(atDistance: 0, dimensions: dimensions) - 1) < 1e-13, "\(family.name)")
        for distance in [0.5, 1, 3, 17, 400] {
          let value = covariance.value(atDistance: distance, dimensions: dimensions)
          #expect(abs(value) <= 1 && !value.isNaN, "\(family.name) at \(distance): \(value)")
        }
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
