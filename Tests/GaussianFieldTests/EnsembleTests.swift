import Foundation
import Testing

@testable import GaussianField

/// The statistics of many samples against closed forms. Every check allows 5 standard errors: a false alarm in 1.7
/// million for a normal variable. Each test has under 600 checks, so its false-alarm rate is one seed in 3,000. Seeds
/// are fixed.
@Suite struct EnsembleTests {
  static let samples = 1500

  /// The mean over samples and its standard error.
  private struct Average {
    var (count, sum, square) = (0.0, 0.0, 0.0)
    mutating func add(_ value: Double) {
      count += 1
      sum += value
      square += value * value
    }
    var mean: Double { sum / count }
    var error: Double { ((square / count - mean * mean) / (count - 1)).squareRoot() }
  }

  @Test(arguments: [32, 27])
  func covarianceMatchesTheClosedForm(side: Int) throws {
    let (lengthScales, weights) = ([1.5, 6.0], [0.75, 1.25])
    let sampler = try TextureSampler(
      FieldModel(
        shape: .square(side: side), scales: zip(lengthScales, weights).map { try Scale(lengthScales: [$0], weight: $1) }
      ), seed: 77)
    let lags = [0, 1, 2, 3, 5, 8, side / 2].flatMap { [(0, $0), ($0, 0), ($0, $0)] } + [(1, -2), (3, -3)]
    var averages = [Average](repeating: Average(), count: lags.count)
    for sample in 0..<Self.samples {
      let t = try sampler.texture(sample: sample, choices: [0, 0])
      for (i, (dy, dx)) in lags.enumerated() {
        // One row in four is enough, and keeps the test short.
        var sum: Float = 0
        for y in stride(from: 0, to: side, by: 4) {
          let other = (y + dy) % side * side
          for x in 0..<side { sum += t[y * side + x] * t[other + (x + dx + side) % side] }
        }
        averages[i].add(Double(sum) / Double((side + 3) / 4 * side))
      }
    }
    for (average, (dy, dx)) in zip(averages, lags) {
      let expected = try zip(lengthScales, weights).reduce(0) { total, pair in
        let covariance = try SquaredExponential(lengthScale: pair.0)
        return total + pair.1 * pair.1 * covariance.torusValue(atDistance: Double(dy), side: side)
          * covariance.torusValue(atDistance: Double(dx), side: side)
      }
      #expect(abs(average.mean - expected) < 5 * average.error, "lag (\(dy), \(dx)): \(average.mean), not \(expected)")
    }
    #expect(abs(sampler.model.variance(choices: [0, 0]) - 2.125) < 0.01)
  }

  /// Textures have their model's covariance for every family and boundary, also across the edges.
  @Test(arguments: [16, 15]) func covarianceAndBoundaryReachTheSampler(side: Int) throws {
    let covariance = ExponentialForTests(lengthScale: 3)
    let model = try FieldModel(
      shape: .square(side: side), boundary: .periodic,
      scales: [
        Scale(
          weight: 1, candidates: [CovarianceModel(family: ExponentialForTests.family, covariance.parameters.values)])
      ])
    let sampler = try TextureSampler(model, seed: 21)
    let lags = [(0, 0), (0, 1), (1, 0), (1, 1), (2, -2), (0, 4), (side / 2, side / 2), (0, side - 1)]
    var averages = [Average](repeating: Average(), count: lags.count)
    for sample in 0..<Self.samples {
      let t = try sampler.texture(sample: sample, choices: [0])
      for (i, (dy, dx)) in lags.enumerated() {
        var sum: Float = 0
        for y in 0..<side {
          let other = (y + dy) % side * side
          for x in 0..<side { sum += t[y * side + x] * t[other + (x + dx + side) % side] }
        }
        averages[i].add(Double(sum) / Double(side * side))
      }
    }
    for (average, (dy, dx)) in zip(averages, lags) {
      let expected = covariance.torusValue(dy, dx, side: side)
      #expect(abs(average.mean - expected) < 5 * average.error, "lag (\(dy), \(dx)): \(average.mean), not \(expected)")
    }
    let smooth = try SquaredExponential(lengthScale: 3).value(atDistance: 1, dimensions: 2)
    #expect(abs(averages[1].mean - smooth) > 5 * averages[1].error)
  }

  /// The power of every mode, including those on the self-conjugate lines.
  @Test(arguments: [16, 15])
  func everyModeHasItsPower(side n: Int) throws {
    let lengthScale = 0.8
    let sampler = try TextureSampler(
      FieldModel(shape: .square(side: n), scales: [Scale(lengthScales: [lengthScale], weight: 1)]), seed: 9)
    let eigenvalues = ReferenceSampler.eigenvalues(side: n, lengthScale: lengthScale)
    let wave = (0..<n).map { (cos(2 * .pi * Double($0) / Double(n)), sin(2 * .pi * Double($0) / Double(n))) }
    let columns = n / 2 + 1
    var power = [Average](repeating: Average(), count: n * columns)
    for sample in 0..<Self.samples {
      let t = try sampler.texture(sample: sample, choices: [0]).map(Double.init)
      var rows = [(Double, Double)](repeating: (0, 0), count: n * columns)
      for y in 0..<n {
        for kx in 0..<columns {
          for x in 0..<n {
            rows[y * columns + kx].0 += t[y * n + x] * wave[kx * x % n].0
            rows[y * columns + kx].1 -= t[y * n + x] * wave[kx * x % n].1
          }
        }
      }
      for ky in 0..<n {
        for kx in 0..<columns {
          var (re, im) = (0.0, 0.0)
          for y in 0..<n {
            let (c, w) = (rows[y * columns + kx], wave[ky * y % n])
            re += c.0 * w.0 + c.1 * w.1
            im += c.1 * w.0 - c.0 * w.1
          }
          power[ky * columns + kx].add((re * re + im * im) / Double(n * n))
        }
      }
    }
    for ky in 0..<n {
      for kx in 0..<columns {
        let expected = eigenvalues[min(ky, n - ky)] * eigenvalues[kx]
        let real = (ky == 0 || 2 * ky == n) && (kx == 0 || 2 * kx == n)
        let error = expected * ((real ? 2 : 1) / Double(Self.samples)).squareRoot()
        #expect(abs(power[ky * columns + kx].mean - expected) < 5 * error, "mode (\(ky), \(kx))")
      }
    }
  }

  /// The cross-covariance of two scales with equal length scales is zero, computed from their sum and from each alone.
  @Test func scalesAreIndependent() throws {
    let side = 16
    func sampler(_ weights: [Double]) throws -> TextureSampler {
      try TextureSampler(
        FieldModel(shape: .square(side: side), scales: weights.map { try Scale(lengthScales: [3], weight: $0) }),
        seed: 4)
    }
    let (first, second) = (try sampler([1, 1e-30]), try sampler([1e-30, 1]))
    let (one, both) = (try sampler([2, 1e-30]), try sampler([2, 3]))
    var average = Average()
    for sample in 0..<Self.samples {
      let a = try first.texture(sample: sample, choices: [0, 0])
      let b = try second.texture(sample: sample, choices: [0, 0])
      average.add(zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / Double(side * side))
    }
    #expect(abs(average.mean) < 5 * average.error)
    // Weights are factors.
    let (a, b) = (try first.texture(sample: 0, choices: [0, 0]), try second.texture(sample: 0, choices: [0, 0]))
    let (twice, sum) = (try one.texture(sample: 0, choices: [0, 0]), try both.texture(sample: 0, choices: [0, 0]))
    for i in a.indices {
      #expect(abs(twice[i] - 2 * a[i]) < 1e-5)
      #expect(abs(sum[i] - (2 * a[i] + 3 * b[i])) < 2e-5)
    }
  }

  /// Different samples, and different seeds, are independent.
  @Test func samplesAndSeedsAreIndependent() throws {
    let scales = [try Scale(lengthScales: [2], weight: 1)]
    let (a, b) = (
      try TextureSampler(FieldModel(shape: .square(side: 16), scales: scales), seed: 4),
      try TextureSampler(FieldModel(shape: .square(side: 16), scales: scales), seed: 5)
    )
    var (neighbours, seeds) = (Average(), Average())
    var previous = try a.texture(sample: 0, choices: [0])
    for sample in 1...Self.samples {
      let next = try a.texture(sample: sample, choices: [0])
      let other = try b.texture(sample: sample, choices: [0])
      neighbours.add(zip(previous, next).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
      seeds.add(zip(next, other).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
      previous = next
    }
    #expect(abs(neighbours.mean) < 5 * neighbours.error)
    #expect(abs(seeds.mean) < 5 * seeds.error)
  }
}
