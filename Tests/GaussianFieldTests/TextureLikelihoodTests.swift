import Foundation
import Testing

@testable import GaussianField

@Suite struct TextureLikelihoodTests {
  /// A model of two scales with two candidates each.
  private static func model(
    _ shape: FieldShape, boundary: Boundary = .periodic, noise: Double = 0.3, transform: PixelTransform = .identity
  ) throws -> FieldModel {
    try FieldModel(
      shape: shape, boundary: boundary,
      scales: [Scale(lengthScales: [1.2, 1.5], weight: 0.75), Scale(lengthScales: [3, 4], weight: 1.25)], noise: noise,
      transform: transform)
  }

  private static let classes = [[0, 0], [1, 0], [0, 1], [1, 1]]

  /// The log-likelihood of a Gaussian vector of all pixels.
  private static func dense(_ model: FieldModel, choices: [Int], texture: [Float]) throws -> Double {
    let extents = model.shape.extents
    let grid = Grid(periodic: model.shape)
    let spectra = try zip(model.scales, choices).map { try $0.candidates[$1].spectrum(on: grid) }
    func place(_ index: Int) -> [Int] {
      var (rest, coordinates) = (index, [Int]())
      for extent in extents.reversed() {
        coordinates.insert(rest % extent, at: 0)
        rest /= extent
      }
      return coordinates
    }
    var known: [[Int]: Double] = [:]
    func covariance(_ a: Int, _ b: Int) -> Double {
      let lag = zip(place(a), place(b)).map { $0 - $1 }
      let wrapped = zip(lag, extents).map { ($0 + $1) % $1 }
      let value =
        known[wrapped]
        ?? zip(zip(model.scales, choices), spectra).reduce(0) { sum, pair in
          let weight = pair.0.0.weight
          return sum
            + (model.boundary == .periodic
              ? weight * weight * pair.1.covariance(atLag: wrapped, on: grid)
              : weight * weight * pair.0.0.candidates[pair.0.1].value(atLag: lag.map(Double.init)))
        }
      if model.boundary == .periodic { known[wrapped] = value }
      return value + (a == b ? model.noise * model.noise : 0)
    }
    let factor = try #require(CholeskyFactor(count: model.shape.pixels, covariance))
    let whitened = factor.whitened(texture.map { model.transform == .lognormal ? log(Double($0)) : Double($0) })
    return -0.5 * (whitened.reduce(0) { $0 + $1 * $1 } + factor.logDeterminant)
  }

  @Test(arguments: [
    (FieldShape.square(side: 12), Boundary.periodic, PixelTransform.identity),
    (.image(height: 9, width: 10), .periodic, .identity), (.series(length: 60), .periodic, .identity),
    (.volume(depth: 8, height: 8, width: 8), .periodic, .identity), (.square(side: 12), .periodic, .lognormal),
    (.square(side: 10), .open, .identity), (.series(length: 50), .open, .identity),
  ])
  func matchesADenseGaussianVector(shape: FieldShape, boundary: Boundary, transform: PixelTransform) throws {
    let model = try Self.model(shape, boundary: boundary, transform: transform)
    let sampler = try TextureSampler(model, seed: 9)
    let likelihood = try TextureLikelihood(model, classes: Self.classes)
    let workspace = try TextureLikelihood.Workspace(for: likelihood)
    #expect(likelihood.hypotheses.count == 4)
    if boundary == .periodic { #expect(likelihood.modeCount == shape.pixels) }
    let textures = try (0..<2).flatMap { try sampler.texture(sample: $0, choices: Self.classes[$0]) }
    let values = try textures.withUnsafeBufferPointer { try likelihood.logLikelihoods(of: $0, count: 2, in: workspace) }
    for sample in 0..<2 {
      let texture = Array(textures[sample * shape.pixels..<(sample + 1) * shape.pixels])
      let expected = try Self.classes.map { try Self.dense(model, choices: $0, texture: texture) }
      for index in 1..<4 {
        let (found, exact) = (values[sample][index] - values[sample][0], expected[index] - expected[0])
        #expect(abs(found - exact) < 1e-4 + 1e-5 * abs(exact), "sample \(sample), class \(index): \(found), \(exact)")
      }
    }
  }

  /// The Fisher information is the curvature of the Kullback-Leibler divergence.
  @Test func fisherInformationIsTheCurvatureOfTheDivergence() throws {
    let shape = FieldShape.square(side: 24)
    let model = try FieldModel(
      shape: shape, scales: [Scale(lengthScales: [3], weight: 1), Scale(lengthScales: [6], weight: 1)], noise: 0.1)
    let covariances = model.scales.map { $0.candidates[0] }
    let found = try model.fisherInformation(about: "length_scale", ofScale: 0, covariances: covariances)
    func variances(_ lengthScale: Double) throws -> [Double] {
      let moved = try [Scale(lengthScales: [lengthScale], weight: 1).candidates[0], covariances[1]]
      let spectra = try moved.map { try $0.spectrum(on: Grid(periodic: shape)) }
      let order = ModeOrder(shape)
      return (0..<order.lineCount).flatMap { line in
        model.modeVariances(spectra, order, line: line).enumerated().flatMap {
          Array(repeating: $0.element, count: Int(order.multiplicity(line: line, index: $0.offset)))
        }
      }
    }
    let (at, step) = (try variances(3), 1e-3)
    let divergence = try [-step, step].map { step in
      zip(at, try variances(3 + step)).reduce(0) { $0 + 0.5 * ($1.0 / $1.1 - 1 - log($1.0 / $1.1)) }
    }
    let expected = (divergence[0] + divergence[1]) / (step * step)
    #expect(abs(found - expected) < 1e-3 * expected, "\(found), \(expected)")
  }

  /// Noise in otherwise empty modes is 3e-7 of the texture's standard deviation, within a factor of 2, as in
  /// `PixelPrecision`.
  @Test(arguments: [64, 256])
  func roundingMatchesPixelPrecision(side: Int) throws {
    let shape = FieldShape.square(side: side)
    let model = try FieldModel(shape: shape, scales: [Scale(lengthScales: [8], weight: 1)])
    let texture = try TextureSampler(model, seed: 4).texture(sample: 0, choices: [0])
    let transform = try ModeTransform(shape)
    let workspace = try ModeTransform.Workspace(for: transform)
    var (sum, count) = (0.0, 0.0)
    texture.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      transform.transform(base, lines: transform.order.lineCount, in: workspace) { line, coefficients in
        // Half way to the maximum wave number, a field of 8 px has no power left.
        guard line > side / 4 else { return }
        for index in 0..<2 * side { sum += Double(coefficients[index]) * Double(coefficients[index]) }
        count += Double(side)
      }
    }
    let relative = (sum / count / Double(side * side)).squareRoot()
    #expect(relative < PixelPrecision.single.relativeRounding, "\(relative)")
    #expect(relative > 0.1 * PixelPrecision.single.relativeRounding, "\(relative)")
  }

  @Test func posteriorMeanMatchesAFineGrid() throws {
    let family = try #require(CovarianceFamily.all.first { $0.name == "squared_exponential" })
    let candidate = try CovarianceModel(family: family, ["length_scale": .uniform(2...5)])
    let model = try FieldModel(
      shape: .square(side: 20), scales: [Scale(weight: 1, candidates: [candidate])], noise: 0.2)
    let likelihood = try TextureLikelihood(model, classes: [[0]])
    let weights = likelihood.hypotheses.map { exp($0.logWeight) }
    let values = likelihood.hypotheses.map { $0.covariances[0].lengthScale ?? .nan }
    #expect(abs(weights.reduce(0, +) - 1) < 1e-12)
    #expect(abs(zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 } - 3.5) < 1e-3)
    let sampler = try TextureSampler(model, seed: 2)
    let workspace = try TextureLikelihood.Workspace(for: likelihood)
    // A fine grid: 2,000 values as 2,000 classes.
    let fine = (0..<2000).map { 2 + 3 * (Double($0) + 0.5) / 2000 }
    let many = try FieldModel(shape: model.shape, scales: [Scale(lengthScales: fine, weight: 1)], noise: 0.2)
    let reference = try TextureLikelihood(many, classes: fine.indices.map { [$0] })
    let memory = try TextureLikelihood.Workspace(for: reference)
    for sample in 0..<3 {
      let texture = try sampler.texture(sample: sample, choices: [0])
      let (found, expected) = try texture.withUnsafeBufferPointer {
        (
          likelihood.posteriorMean(
            of: values, try likelihood.logLikelihoods(of: $0, count: 1, in: workspace)[0]),
          reference.posteriorMean(of: fine, try reference.logLikelihoods(of: $0, count: 1, in: memory)[0])
        )
      }
      #expect(abs(found - expected) < 1e-4, "\(found), \(expected)")
    }
  }

  /// The evidence for two candidates does not depend on a clearly different third one, whose modes end far below
  /// theirs.
  @Test func distantCandidateDoesNotReduceInformation() throws {
    let shape = FieldShape.square(side: 64)
    func logRatios(_ lengthScales: [Double]) throws -> (ratios: [Double], modes: Int) {
      let model = try FieldModel(shape: shape, scales: [Scale(lengthScales: lengthScales, weight: 1)])
      let likelihood = try TextureLikelihood(model, classes: lengthScales.indices.map { [$0] })
      let workspace = try TextureLikelihood.Workspace(for: likelihood)
      let sampler = try TextureSampler(model, seed: 3)
      let ratios = try (0..<8).map { sample in
        let texture = try sampler.texture(sample: sample, choices: [sample % 2])
        let values = try texture.withUnsafeBufferPointer {
          try likelihood.logLikelihoods(of: $0, count: 1, in: workspace)[0]
        }
        return values[0] - values[1]
      }
      return (ratios, try #require(likelihood.modeCount))
    }
    let (two, three) = (try logRatios([4, 4.03]), try logRatios([4, 4.03, 16]))
    #expect(two.modes == three.modes)
    for (alone, beside) in zip(two.ratios, three.ratios) {
      // Periodising slightly raises its variance, and with it the floor.
      #expect(abs(alone - beside) < 0.02, "\(alone), \(beside)")
    }
  }

  /// Without noise the error of the posterior mean equals the Cramér-Rao bound, over a narrow range and a wide one.
  @Test(arguments: [3.0...4, 3...9])
  func posteriorMeanReachesTheBoundWithoutNoise(range: ClosedRange<Double>) throws {
    let family = try #require(CovarianceFamily.all.first { $0.name == "squared_exponential" })
    let candidate = try CovarianceModel(family: family, ["length_scale": .uniform(range)])
    let model = try FieldModel(shape: .square(side: 32), scales: [Scale(weight: 1, candidates: [candidate])])
    let likelihood = try TextureLikelihood(model, classes: [[0]])
    let values = likelihood.hypotheses.map { $0.covariances[0].lengthScale ?? .nan }
    let sampler = try TextureSampler(model, seed: 6)
    let workspace = try TextureLikelihood.Workspace(for: likelihood)
    var sum = 0.0
    let count = 200
    for sample in 0..<count {
      let covariance = try #require(model.covariances(ofSample: sample, choices: [0], seed: 6).first)
      let texture = try sampler.texture(sample: sample, choices: [0])
      let mean = try texture.withUnsafeBufferPointer {
        likelihood.posteriorMean(of: values, try likelihood.logLikelihoods(of: $0, count: 1, in: workspace)[0])
      }
      let information = try model.fisherInformation(about: "length_scale", ofScale: 0, covariances: [covariance])
      let error = mean - (try #require(covariance.lengthScale))
      sum += error * error * information
    }
    // The mean of squares of standard normals, within five standard errors.
    let ratio = sum / Double(count)
    #expect(ratio > 0.5 && ratio < 1.5, "\(ratio)")
  }

  @Test func modelsWithoutALikelihoodAreRefused() throws {
    let shape = FieldShape.square(side: 65)
    let scales = [try Scale(lengthScales: [4, 5], weight: 1)]
    let models = [
      (try FieldModel(shape: shape, scales: scales, standardize: true), "standardized textures"),
      (try FieldModel(shape: shape, scales: scales, transform: .threshold(0)), "thresholded textures"),
      (try FieldModel(shape: shape, boundary: .open, scales: scales), "at most 4096 of them"),
    ]
    for (model, message) in models {
      let error = #expect(throws: FieldError.self) { try TextureLikelihood(model, classes: [[0], [1]]) }
      #expect(error?.code == .noLikelihood)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
    let whittle = try TextureLikelihood(models[2].0, classes: [[0], [1]], approximately: true)
    #expect(whittle.method == .whittle)
  }
}
