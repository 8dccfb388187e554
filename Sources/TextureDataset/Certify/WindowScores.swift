import GaussianField

/// The scores of length scales and variances from a class's open textures.
///
/// Under a covariance C(t) = C + t D of the independent numbers, C the identity, the score is 1/2 sum of (y^T D y - tr
/// D), and Fisher's information 1/2 tr D² for each sample.
struct WindowScores: Sendable {
  private struct Entry: Sendable {
    let scale: Int
    let candidate: Int
    let parameter: ParameterFit.Parameter
    let value: Double
    let score: Double
    let law: ThreeCumulants
  }

  private let entries: [Entry]
  /// The sum of y y^T and its whitening, for iterating with other length scales.
  private let squares: DenseMatrix
  private let whitening: WindowWhitening
  private let points: WindowPoints
  private let choices: [Int]
  private let samples: Int
  private let rounding: Double
  /// The step of a numerical derivative, relative to the length scale.
  private static let step = 1e-4

  /// - Parameter rounding: the variance of each pixel's inexactness.
  init(
    _ sums: WindowSums, _ whitening: WindowWhitening, _ points: WindowPoints, _ model: FieldModel, choices: [Int],
    rounding: Double
  ) {
    var entries: [Entry] = []
    let squares = sums.squares.completed
    func add(_ scale: Int, _ parameter: ParameterFit.Parameter, _ value: Double, _ derivative: DenseMatrix) {
      let form = QuadraticForm(derivative)
      let mean = Double(sums.samples) * form.traces.first
      entries.append(
        Entry(
          scale: scale, candidate: choices[scale], parameter: parameter, value: value,
          score: 0.5 * (derivative.inner(squares) - mean), law: form.law(times: 0.5, samples: sums.samples)))
    }
    for (scale, choice) in choices.enumerated() {
      let candidate = model.scales[scale].candidates[choice]
      let own = LagCovariance(scale: scale, of: model, candidate)
      if let value = candidate.lengthScale, let lower = candidate.with(lengthScale: value * (1 - Self.step)),
        let upper = candidate.with(lengthScale: value * (1 + Self.step))
      {
        let (low, high) = (
          LagCovariance(scale: scale, of: model, lower), LagCovariance(scale: scale, of: model, upper)
        )
        let factor = 1 / (2 * Self.step * value)
        add(
          scale, .lengthScale, value,
          whitening.transformed(points) { factor * (high.value($0) - low.value($0)) })
      }
      add(scale, .variance, 1, whitening.transformed(points) { own.value($0) })
    }
    self.entries = entries
    (self.squares, self.whitening, self.points) = (squares, whitening, points)
    (self.choices, samples, self.rounding) = (choices, sums.samples, rounding)
  }

  /// The best fits: by maximum likelihood for length scales that differ clearly, else by one step of Fisher's scoring.
  static func fits(_ scores: [WindowScores], _ model: FieldModel) -> [ParameterFit] {
    var fits: [ParameterFit] = []
    let entries = scores.flatMap(\.entries)
    for (scale, candidates) in model.scales.map(\.candidates).enumerated() {
      for candidate in candidates.indices {
        for parameter in [ParameterFit.Parameter.lengthScale, .variance] {
          let own = entries.filter { $0.scale == scale && $0.candidate == candidate && $0.parameter == parameter }
          let (score, information, third) = own.reduce((0.0, 0.0, 0.0)) {
            ($0.0 + $1.score, $0.1 + $1.law.variance, $0.2 + $1.law.third)
          }
          guard let value = own.first?.value, information > 0 else { continue }
          let law = ThreeCumulants(mean: 0, variance: information, third: third)
          let standardError = 1 / information.squareRoot()
          var best = value + score / information
          if parameter == .lengthScale, (best - value).magnitude > 3 * standardError {
            let classes = scores.filter { $0.choices[scale] == candidate }
            best = improved(classes, model, scale: scale, from: value) ?? best
          }
          fits.append(
            ParameterFit(
              scale: scale, candidate: candidate, parameter: parameter, value: value, best: best,
              standardError: standardError, p: law.twoSided(score)))
        }
      }
    }
    return fits
  }

  private static let maximumSteps = 8

  /// The length scale of maximum likelihood, by Fisher's scoring; nil if a covariance matrix cannot be inverted.
  ///
  /// With K the covariance matrix of the numbers and D its derivative, X = K^-1 D, the score is
  /// 1/2 (tr(X K^-1 S) - n tr X), S the sum of y y^T over n samples, and the information n/2 tr X².
  private static func improved(
    _ classes: [WindowScores], _ model: FieldModel, scale: Int, from value: Double
  ) -> Double? {
    var current = value
    for _ in 0..<maximumSteps {
      var (score, information) = (0.0, 0.0)
      for own in classes {
        var covariances = zip(model.scales, own.choices).map { $0.candidates[$1] }
        func covariance(_ lengthScale: Double) -> LagCovariance? {
          guard let moved = covariances[scale].with(lengthScale: lengthScale) else { return nil }
          covariances[scale] = moved
          return LagCovariance(model, covariances)
        }
        guard let here = covariance(current), let lower = covariance(current * (1 - step)),
          let upper = covariance(current * (1 + step))
        else { return nil }
        let (factor, rounding) = (1 / (2 * step * current), own.rounding)
        let matrix = own.whitening.transformed(own.points) { lag in
          here.value(lag) + (lag.allSatisfy { $0 == 0 } ? rounding : 0)
        }
        let derivative = own.whitening.transformed(own.points) { factor * (upper.value($0) - lower.value($0)) }
        guard let inverse = matrix.inverse else { return nil }
        let product = inverse.timesTranspose(derivative)
        let count = Double(own.samples)
        score += 0.5 * (product.timesTranspose(inverse).inner(own.squares) - count * product.trace)
        let transposed = DenseMatrix(rows: product.rows, columns: product.columns) { product[$1, $0] }
        information += 0.5 * count * product.inner(transposed)
      }
      guard information > 0, score.isFinite else { return nil }
      let next = max(current / 1.1, min(current + score / information, current * 1.1))
      let isDone = (next - current).magnitude < 0.1 / information.squareRoot()
      current = next
      if isDone { break }
    }
    return current
  }
}
