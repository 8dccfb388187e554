import Foundation
import GaussianField
import Testing
import TextureDataset

@testable import TextureStream

@Suite struct OracleTests {
  private static func recipe(
    side: Int = 16, lengthScales: [[Double]] = [[1.5, 2], [4, 6]], noise: Double = 1.5, samples: Int = 200,
    boundary: Boundary = .periodic, transform: PixelTransform = .identity, dtype: Recipe.DType = .float32
  ) throws -> Recipe {
    try Recipe(
      field: FieldModel(
        shape: .square(side: side), boundary: boundary,
        scales: try lengthScales.map { try Scale(lengthScales: $0, weight: 1) }, noise: noise, transform: transform),
      dtype: dtype, seed: 5, samples: samples)
  }

  private static func report(_ recipe: Recipe, _ options: Oracle.Options = .init()) throws -> OracleReport {
    try #require(try Oracle(try SampleSource(recipe), options: options).run())
  }

  @Test(arguments: [Recipe.DType.float32, .float16])
  func threadsFilesAndShardsDoNotMatter(dtype: Recipe.DType) throws {
    let recipe = try Self.recipe(noise: 0.5, samples: 61, dtype: dtype)
    let expected = try Self.report(recipe, .init(threads: 1))
    #expect(expected.samples == 61 && expected.confusion.joined().reduce(0, +) == 61)
    #expect(expected.datasetHash == recipe.datasetHash && expected.classNames.count == 4)
    let folder = try StreamFolder()
    for source in [try SampleSource(recipe), try folder.source(recipe), try folder.source(recipe, shards: 3)] {
      let found = try #require(try Oracle(source, options: .init(threads: 3)).run())
      #expect(found.json == expected.json)
    }
  }

  /// A part's posteriors equal those of its samples in the whole dataset.
  @Test func partsHaveTheirOwnSamples() throws {
    let folder = try StreamFolder()
    let source = try SampleSource(try Self.recipe())
    let rule = try SplitRule(.fractions(validation: 0.2, test: 0.1))
    func posteriors(_ options: Oracle.Options, _ name: String) throws -> Posteriors {
      let oracle = try Oracle(source, options: options)
      let path = "\(folder.path)/\(name)"
      let writer = try PosteriorsWriter(path, header: oracle.posteriorsHeader, samples: oracle.sampleCount)
      _ = try #require(try oracle.run(writingTo: writer))
      try writer.finish()
      return try Posteriors(reading: path)
    }
    let all = try posteriors(.init(), "all.h5")
    #expect(all.sampleCount == 200 && all.header.datasetHash == source.recipe.datasetHash)
    for (split, count) in [(Split.train, 140), (.validation, 40), (.test, 20)] {
      let part = try posteriors(.init(split: split, splitRule: rule, threads: 3), "\(split).h5")
      #expect(part.sampleCount == count)
      var samples: [Int] = []
      for row in 0..<count {
        let sample = try part.sample(atRow: row)
        samples.append(sample)
        #expect(try part.logPosteriors(atRow: row) == all.logPosteriors(atRow: sample))
        #expect(try part.label(atRow: row) == source.recipe.classIndex(ofSample: sample))
      }
      #expect(samples == samples.sorted() && Set(samples).count == count)
    }
  }

  /// For independent pixels the best test of two variances is a threshold on the sum of squares. One class is white
  /// noise plus a white field, the other white noise plus a constant field, which only mode 0 contains; it is
  /// integrated over.
  @Test func accuracyForWhiteFieldsMatchesTheClosedForm() throws {
    let (side, weight) = (16, 0.3)
    let flat = try SpectrumTable([0.2, 0.35, 0.65, 1.2, 2.2, 4, 7].map { .init(waveNumber: $0, density: 1) })
    let tabulated = try #require(CovarianceFamily.all.first { $0.hasTable })
    let white = try CovarianceModel(family: tabulated, [String: Double](), table: flat)
    let constant = try Scale(lengthScales: [18], weight: 1).candidates[0]
    let model = try FieldModel(
      shape: .square(side: side), scales: [Scale(weight: weight, candidates: [white, constant])], noise: 1)
    let samples = 3000
    let report = try Self.report(try Recipe(field: model, seed: 3, samples: samples))
    let n = Double(side * side)
    // The variances of mode 0 and of the others.
    let (zero0, zero1) = (weight * weight / n + 1 / n, weight * weight * model.variance(of: constant) + 1 / n)
    let (rest0, rest1) = (weight * weight / n * model.variance(of: white) + 1 / n, 1 / n)
    // Class 0 is chosen if square0 / 2 (1/zero1 - 1/zero0) + squares / 2 (1/rest1 - 1/rest0) > logarithms.
    let logarithms = 0.5 * (log(zero0 / zero1) + (n - 1) * log(rest0 / rest1))
    func chosen0(_ zero: Double, _ rest: Double) -> Double {
      // Integrates over the standard normal variable of mode 0.
      let step = 0.01
      return stride(from: -8 + step / 2, to: 8, by: step).reduce(0) { sum, z in
        let first = z * z * zero / 2 * (1 / zero1 - 1 / zero0)
        let threshold = (logarithms - first) / (rest / 2 * (1 / rest1 - 1 / rest0))
        let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
        return sum + step * density * (1 - Self.chiSquaredDistribution(threshold, degrees: n - 1))
      }
    }
    let accuracy = (chosen0(zero0, rest0) + 1 - chosen0(zero1, rest1)) / 2
    #expect(accuracy > 0.8 && accuracy < 0.99, "\(accuracy)")
    #expect(report.interval[0] < accuracy && accuracy < report.interval[1], "\(accuracy), \(report.interval)")
    #expect(abs(report.expectedAccuracy - accuracy) < 3 * report.expectedErrorStandardError)
  }

  /// The lower regularized incomplete gamma function, by its series.
  private static func chiSquaredDistribution(_ x: Double, degrees: Double) -> Double {
    guard x > 0 else { return 0 }
    let (a, half) = (degrees / 2, x / 2)
    var (term, sum, k) = (1 / a, 1 / a, a)
    while term > 1e-15 * sum {
      k += 1
      term *= half / k
      sum += term
    }
    return min(1, exp(a * log(half) - half - lgamma(a)) * sum)
  }

  /// A fraction p of the samples with a maximum posterior of about p is classified correctly. Eight bins at 3.5
  /// standard errors: a good oracle fails for one seed in 270.
  @Test func posteriorsAreCalibrated() throws {
    let folder = try StreamFolder()
    let oracle = try Oracle(try SampleSource(try Self.recipe(noise: 0.5, samples: 2000)))
    let path = "\(folder.path)/posteriors.h5"
    let writer = try PosteriorsWriter(path, header: oracle.posteriorsHeader, samples: 2000)
    let report = try #require(try oracle.run(writingTo: writer))
    try writer.finish()
    let posteriors = try Posteriors(reading: path)
    var bins = Array(repeating: (count: 0.0, sum: 0.0, variance: 0.0, right: 0.0), count: 8)
    for row in 0..<2000 {
      let label = try posteriors.label(atRow: row)
      for (index, value) in try posteriors.logPosteriors(atRow: row).enumerated() {
        let p = exp(value)
        let bin = min(7, Int(p * 8))
        bins[bin].count += 1
        bins[bin].sum += p
        bins[bin].variance += p * (1 - p)
        bins[bin].right += index == label ? 1 : 0
      }
    }
    for (index, bin) in bins.enumerated() {
      #expect(bin.count > 50)
      #expect(abs(bin.right - bin.sum) < 3.5 * bin.variance.squareRoot(), "bin \(index): \(bin)")
    }
    #expect(report.interval[0] < report.expectedAccuracy && report.expectedAccuracy < report.interval[1])
  }

  @Test func parameterErrorsMatchTheirPosteriorVariances() throws {
    let family = try #require(CovarianceFamily.all.first { $0.name == "squared_exponential" })
    let candidate = try CovarianceModel(family: family, ["length_scale": .uniform(2...3)])
    let model = try FieldModel(
      shape: .square(side: 16), scales: [Scale(weight: 1, candidates: [candidate])], noise: 0.5)
    let report = try Self.report(try Recipe(field: model, seed: 1, samples: 200))
    #expect(report.accuracy == 1 && report.classNames.count == 1)
    let parameter = try #require(report.parameters?.first)
    #expect(report.parameters?.count == 1 && parameter.parameter == "length_scale" && parameter.samples == 200)
    #expect(abs(parameter.priorVariance - 1 / 12) < 1e-4)
    let error = try #require(parameter.meanSquaredError)
    let expected = try #require(parameter.expectedPosteriorVariance)
    #expect(error < 0.7 * parameter.priorVariance)
    // The relative standard error of 200 squares of normals is 0.1.
    #expect(abs(error / expected - 1) < 0.35)
    let bound = try #require(parameter.cramerRaoBound)
    let information = try #require(parameter.fisherInformation)
    #expect(bound * information >= 1)
    // A posterior within a range is more accurate than an unbiased estimator.
    #expect(expected < bound && bound < 4 * expected)
  }

  @Test func pixelsWithoutALikelihoodAreNamed() throws {
    let folder = try StreamFolder()
    for transform in [PixelTransform.identity, .lognormal] {
      let recipe = try Self.recipe(noise: 0.5, samples: 8, transform: transform)
      let path = "\(folder.path)/damaged-\(transform).h5"
      _ = try DatasetGenerator(recipe: recipe, names: OutputNames(path: path, shardCount: 1), threads: 1).run()
      var pixels: [Float] = []
      try DatasetReader(path).read(sample: 5) { pixels += $0 }
      let place = try #require(
        Data(contentsOf: URL(filePath: path)).range(of: pixels.withUnsafeBytes { Data($0) })
      ).lowerBound
      let file = try FileHandle(forUpdating: URL(filePath: path))
      let value = transform == .identity ? Float.nan : -1
      try file.seek(toOffset: UInt64(place + 40))
      try file.write(contentsOf: withUnsafeBytes(of: value) { Data($0) })
      try file.close()
      let oracle = try Oracle(try SampleSource(try DatasetReader(path)))
      let error = #expect(throws: StreamError.self) { try oracle.run() }
      #expect(
        error?.message.contains("sample 5 has no likelihood: a pixel is not finite") == true, "\(error?.message ?? "")")
    }
  }

  @Test func stoppedOracleReturnsNothing() throws {
    let oracle = try Oracle(try SampleSource(try Self.recipe()))
    #expect(try oracle.run(shouldContinue: { false }) == nil)
  }

  @Test func openWindowsAreExactOrApproximateOnRequest() throws {
    let recipe = try Self.recipe(side: 12, samples: 60, boundary: .open)
    let dense = try Self.report(recipe)
    #expect(dense.method == "dense" && dense.modes == nil && dense.log10ErrorBound == nil)
    let whittle = try Self.report(recipe, .init(approximately: true))
    #expect(whittle.method == "whittle" && whittle.modes == 144 && whittle.log10ErrorBound == nil)
    let large = try Self.recipe(side: 65, samples: 4, boundary: .open)
    let error = #expect(throws: StreamError.self) { try Oracle(try SampleSource(large)) }
    #expect(error?.code == .noLikelihood)
  }

  @Test(arguments: CeilingDial.allCases)
  func searchFindsTheTarget(dial: CeilingDial) throws {
    let recipe = try Self.recipe(noise: 1)
    let search = try CeilingSearch(recipe, varying: dial, target: 0.45, samples: 200)
    let found = try #require(try search.run())
    #expect(abs(found.report.expectedAccuracy - 0.45) <= found.report.expectedErrorStandardError)
    #expect(found.recipe.samples == recipe.samples && found.recipe.seed == recipe.seed)
    switch dial {
    case .noise: #expect(found.recipe.field.noise > 1 && found.recipe.lengthScales == recipe.lengthScales)
    case .contrast:
      #expect(found.recipe.field.noise == 1)
      for (old, new) in zip(recipe.lengthScales, found.recipe.lengthScales) {
        #expect(old[0] < new[0] && new[0] < new[1] && new[1] < old[1])
        #expect(abs(new[0] * new[1] / (old[0] * old[1]) - 1) < 1e-5)
      }
    }
    // The printed recipe is the measured one.
    let again = try Recipe(yaml: found.recipe.yaml, file: "recipe", folder: "")
    let measured = try Self.report(try again.with(samples: 200))
    #expect(measured.expectedAccuracy == found.report.expectedAccuracy)
  }

  @Test func unreachableTargetsAreRefusedWithTheRange() throws {
    let recipe = try Self.recipe(noise: 1, samples: 50)
    for target in [0.2, 0.25, 1] {
      let search = try CeilingSearch(recipe, varying: .contrast, target: target, samples: 50)
      let error = #expect(throws: StreamError.self) { try search.run() }
      #expect(error?.code == .invalidOptions)
      #expect(error?.message.contains("expected more than 0.25, at most 0.") == true, "\(error?.message ?? "")")
    }
    let plain = try Self.recipe(lengthScales: [[2]])
    #expect(throws: StreamError.self) {
      try CeilingSearch(plain, varying: .noise, target: 0.5, samples: 10)
    }
  }

  @Test func sumsDoNotDependOnTheirOrder() {
    let numbers = (0..<1000).map { exp(-Double($0) / 20) }
    var (forward, backward) = (FractionSum(), FractionSum())
    for number in numbers { forward.add(number) }
    for number in numbers.reversed() { backward.add(number) }
    #expect(forward == backward)
    #expect(abs(forward.value / (1 / (1 - exp(-0.05))) - 1) < 1e-9)
  }
}
