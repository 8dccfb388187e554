import GaussianField

/// What a class's open textures say about length scales and variances of scales.
///
/// Under a covariance C(t) = C + t D of the independent numbers, C the identity, the score is 1/2 sum of (y^T D y - tr D),
/// and Fisher's information 1/2 tr D² for each sample.
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
  /// The step of a numerical derivative, relative to the length scale.
  private static let step = 1e-4

  init(_ sums: WindowSums, _ whitening: WindowWhitening, _ points: WindowPoints, _ model: FieldModel, choices: [Int]) {
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
  }

  /// What fits best, by one step of Fisher's scoring from the recipe's values: exact near them.
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
          fits.append(
            ParameterFit(
              scale: scale, candidate: candidate, parameter: parameter, value: value, best: value + score / information,
              standardError: 1 / information.squareRoot(), p: law.twoSided(score)))
        }
      }
    }
    return fits
  }
}
