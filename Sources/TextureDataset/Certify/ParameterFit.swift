import Foundation
import GaussianField

/// The length scale, or the variance of a scale, that fits the measured powers best.
///
/// The score of a parameter is the derivative of the log-likelihood, 1/2 sum of d (P / v - 1) over all signed modes and
/// samples, d = d ln v / d parameter; its variance, Fisher's information, is 1/2 sum of d².
public struct ParameterFit: Encodable, Sendable {
  /// The number of the scale, from 0.
  public let scale: Int
  /// The number of the candidate, from 0.
  public let candidate: Int
  /// The fitted parameter.
  public let parameter: Parameter
  /// The recipe's value.
  public let value: Double
  /// The best-fitting value, with all other parameters from the recipe.
  public let best: Double
  /// The standard error of the best-fitting value: the Cramér-Rao bound.
  public let standardError: Double
  /// The two-sided p-value of the score.
  public let p: Double

  /// The parameters that are fitted.
  public enum Parameter: String, Encodable, Sendable {
    /// The length scale, in pixels.
    case lengthScale = "length_scale"
    /// The scale's variance over that of the recipe.
    case variance
  }

  /// The fit as a test.
  var test: CertificateTest {
    let name =
      parameter == .lengthScale
      ? "length scale of scale \(scale), \(value.shortest) px" : "variance of scale \(scale), candidate \(candidate)"
    return CertificateTest(
      .parameters, name, measured: best, expected: value,
      deviations: standardError > 0 ? (best - value) / standardError : nil, p: p)
  }
}

/// Accumulates the scores of the parameters from the powers of one class after the other.
struct ParameterScores {
  private struct Key: Hashable {
    let scale: Int
    let candidate: Int
    let parameter: ParameterFit.Parameter
  }

  private struct Score {
    var score = 0.0
    var information = 0.0
    var third = 0.0
  }

  /// A candidate's spectra at two length scales near its own.
  private struct Neighbours {
    let lower: Spectrum
    let upper: Spectrum
    let difference: Double
  }

  private let modes: MeasuredModes
  private var neighbours: [[Neighbours?]] = []
  private var scores: [Key: Score] = [:]
  /// The powers of classes, if they fit into memory, for iterating with other length scales.
  private var kept: [Int: (weights: ClassWeights, powers: ClassPowers)] = [:]

  /// The maximum size of the kept powers, in bytes.
  private static let maximumKeptBytes = 1 << 29
  /// The step of a numerical derivative, relative to the length scale.
  private static let step = 1e-4
  /// The maximum ratio of rounding to the variance of a mode that is used with another length scale.
  private static let negligible = 1e-3

  /// - Throws: ``DatasetError`` if a covariance has no spectrum.
  init(_ modes: MeasuredModes) throws(DatasetError) {
    self.modes = modes
    for (scale, candidates) in modes.spectra.model.scales.map(\.candidates).enumerated() {
      var own: [Neighbours?] = []
      for (choice, candidate) in candidates.enumerated() {
        own.append(
          try candidate.lengthScale.flatMap { value throws(DatasetError) in
            try Self.neighbours(modes.spectra, scale, choice, value)
          })
      }
      neighbours.append(own)
    }
  }

  private static func neighbours(
    _ spectra: ClassSpectra, _ scale: Int, _ choice: Int, _ value: Double
  ) throws(DatasetError) -> Neighbours? {
    let (low, high) = (value * (1 - step), value * (1 + step))
    return try rethrowingFieldErrors { () throws(FieldError) in
      guard let lower = try spectra.spectrum(ofScale: scale, choice: choice, lengthScale: low),
        let upper = try spectra.spectrum(ofScale: scale, choice: choice, lengthScale: high)
      else { return nil }
      return Neighbours(lower: lower, upper: upper, difference: high - low)
    }
  }

  /// Adds a class's powers.
  mutating func add(_ powers: ClassPowers, _ weights: ClassWeights, classIndex: Int) {
    let (modes, neighbours) = (modes, neighbours)
    for (scale, choice) in modes.spectra.classes[classIndex].enumerated() {
      if let near = neighbours[scale][choice] {
        add(powers, weights, classIndex, Key(scale: scale, candidate: choice, parameter: .lengthScale)) { line in
          var derivatives = [Double](repeating: 0, count: modes.order.lineLength)
          let factor = modes.spectra.model.scales[scale].weight * modes.spectra.model.scales[scale].weight
          modes.order.add(near.upper, times: factor / near.difference, line: line, to: &derivatives)
          modes.order.add(near.lower, times: -factor / near.difference, line: line, to: &derivatives)
          return derivatives
        }
      }
      add(powers, weights, classIndex, Key(scale: scale, candidate: choice, parameter: .variance)) { line in
        modes.spectra.variances(ofScale: scale, class: classIndex, line: line)
      }
    }
    if modes.spectra.classes.count * powers.sums.count * MemoryLayout<Double>.stride <= Self.maximumKeptBytes {
      kept[classIndex] = (weights, powers)
    }
  }

  private mutating func add(
    _ powers: ClassPowers, _ weights: ClassWeights, _ classIndex: Int, _ key: Key, _ derivatives: (Int) -> [Double]
  ) {
    var own = scores[key] ?? Score()
    let (length, count) = (modes.order.lineLength, Double(powers.samples))
    for line in 0..<modes.lineCount {
      let variances = modes.spectra.line(line, ofClass: classIndex).variances
      let slopes = derivatives(line)
      for index in 0..<length where weights.weights[line * length + index] > 0 {
        let slope = slopes[index] / variances[index]
        let multiplicity = modes.order.multiplicity(line: line, index: index)
        own.score += 0.5 * multiplicity * slope * (powers.sums[line * length + index] - count)
        own.information += 0.5 * multiplicity * slope * slope * count
        own.third += multiplicity * slope * slope * slope * count
      }
    }
    scores[key] = own
  }

  /// The fits, in the order of scales and candidates.
  ///
  /// - Throws: ``DatasetError`` if a covariance has no spectrum.
  func fits() throws(DatasetError) -> [ParameterFit] {
    var fits: [ParameterFit] = []
    let candidates = modes.spectra.model.scales.map(\.candidates)
    for (scale, own) in candidates.enumerated() {
      for (choice, candidate) in own.enumerated() {
        for parameter in [ParameterFit.Parameter.lengthScale, .variance] {
          guard let score = scores[Key(scale: scale, candidate: choice, parameter: parameter)], score.information > 0,
            let value = parameter == .lengthScale ? candidate.lengthScale : 1
          else { continue }
          let law = ThreeCumulants(mean: 0, variance: score.information, third: score.third)
          var best = value + score.score / score.information
          let standardError = 1 / score.information.squareRoot()
          if parameter == .lengthScale, (best - value).magnitude > 3 * standardError {
            best = try improved(best, from: value, scale: scale, choice: choice)
          }
          fits.append(
            ParameterFit(
              scale: scale, candidate: choice, parameter: parameter, value: value, best: best,
              standardError: standardError, p: law.twoSided(score.score)))
        }
      }
    }
    return fits
  }

  /// The length scale of maximum likelihood, by Fisher's scoring: far from the recipe's, a single step is not exact.
  private func improved(
    _ first: Double, from value: Double, scale: Int, choice: Int
  ) throws(DatasetError) -> Double {
    let classes = kept.filter { modes.spectra.classes[$0.key][scale] == choice }
    guard !classes.isEmpty else { return first }
    func limited(_ next: Double, _ current: Double) -> Double { max(current / 1.25, min(next, current * 1.25)) }
    var current = limited(first, value)
    for _ in 0..<20 {
      guard let near = try Self.neighbours(modes.spectra, scale, choice, current) else { return first }
      let here = try rethrowingFieldErrors { () throws(FieldError) in
        try modes.spectra.spectrum(ofScale: scale, choice: choice, lengthScale: current)
      }
      guard let here else { return first }
      var (score, information) = (0.0, 0.0)
      let weight = modes.spectra.model.scales[scale].weight
      let length = modes.order.lineLength
      for (index, own) in classes {
        let count = Double(own.powers.samples)
        for line in 0..<modes.lineCount {
          let before = modes.spectra.line(line, ofClass: index).variances
          let variances = modes.spectra.variances(ofClass: index, line: line, scale: scale, spectrum: here)
          // With this length scale, rounding may hide modes that the recipe's length scale shows.
          let floor = modes.spectra.rounding(ofClass: index) / Self.negligible
          var slopes = [Double](repeating: 0, count: length)
          modes.order.add(near.upper, times: weight * weight / near.difference, line: line, to: &slopes)
          modes.order.add(near.lower, times: -weight * weight / near.difference, line: line, to: &slopes)
          for k in 0..<length where own.weights.weights[line * length + k] > 0 {
            guard variances[k] > floor else { continue }
            let slope = slopes[k] / variances[k]
            let multiplicity = modes.order.multiplicity(line: line, index: k)
            score +=
              0.5 * multiplicity * slope * (own.powers.sums[line * length + k] * before[k] / variances[k] - count)
            information += 0.5 * multiplicity * slope * slope * count
          }
        }
      }
      guard information > 0, score.isFinite else { return first }
      let next = limited(current + score / information, current)
      let isDone = (next - current).magnitude < 0.01 / information.squareRoot()
      current = next
      if isDone { break }
    }
    return current
  }
}
