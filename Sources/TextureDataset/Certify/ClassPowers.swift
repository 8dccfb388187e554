import Foundation
import GaussianField

/// Whitened powers of a class's samples, summed mode by mode.
struct ClassPowers: Sendable {
  /// The sum over all samples for each measured mode, shape (line, index).
  var sums: [Double]
  /// The same for modes that cannot be measured, relative to their bounds, of all lines; only of the examined samples.
  var boundSums: [Double]
  /// The sum of squared whitened powers of modes outside the self-conjugate planes.
  var squares = 0.0
  /// The sum of the samples' means, whitened.
  var means = 0.0
  /// The number of samples, and of those examined for ``boundSums``.
  var samples = 0
  var examined = 0
  var unusable = UnusableSamples()

  init(_ modes: MeasuredModes) {
    sums = .init(repeating: 0, count: modes.lineCount * modes.order.lineLength)
    boundSums = .init(repeating: 0, count: modes.order.lineCount * modes.order.lineLength)
  }

  static func += (a: inout ClassPowers, b: ClassPowers) {
    for k in a.sums.indices { a.sums[k] += b.sums[k] }
    for k in a.boundSums.indices { a.boundSums[k] += b.boundSums[k] }
    a.squares += b.squares
    a.means += b.means
    a.samples += b.samples
    a.examined += b.examined
    a.unusable += b.unusable
  }
}

/// Sums of whitened powers over groups of modes, of one class or of several.
struct GroupPowers: Sendable {
  /// For each group: the sum over its signed modes and all samples, and the number of terms.
  private(set) var sums: [Double]
  private(set) var freedom: [Double]
  /// The same for the modes that cannot be measured, relative to their bounds.
  private(set) var boundSum = 0.0
  private(set) var boundFreedom = 0.0
  /// The sum of the second Laguerre polynomials of pairs' powers, times two, and the number of those powers.
  private(set) var fourth = 0.0
  private(set) var pairs = 0.0
  private(set) var means = 0.0
  private(set) var samples = 0
  private let names: [String]

  init(_ groups: ModeGroups) {
    names = groups.names
    sums = .init(repeating: 0, count: names.count)
    freedom = sums
  }

  mutating func add(_ powers: ClassPowers, _ weights: ClassWeights, _ modes: MeasuredModes) {
    let (order, length) = (modes.order, modes.order.lineLength)
    let (count, examined) = (Double(powers.samples), Double(powers.examined))
    var pairSum = 0.0
    for line in 0..<order.lineCount {
      for index in 0..<length {
        let place = line * length + index
        let multiplicity = order.multiplicity(line: line, index: index)
        if line < modes.lineCount, weights.weights[place] > 0 {
          let group = Int(modes.groups.groups[place])
          sums[group] += multiplicity * powers.sums[place]
          freedom[group] += multiplicity * count
          if multiplicity == 2 { pairSum += powers.sums[place] }
        } else if weights.boundWeights[place] > 0 {
          boundSum += multiplicity * powers.boundSums[place]
          boundFreedom += multiplicity * examined
        }
      }
    }
    let pairs = Double(weights.pairCount) * count
    fourth += powers.squares - 4 * pairSum + 2 * pairs
    self.pairs += pairs
    if weights.hasMean {
      means += powers.means
      samples += powers.samples
    }
  }

  static func += (a: inout GroupPowers, b: GroupPowers) {
    for group in a.sums.indices {
      a.sums[group] += b.sums[group]
      a.freedom[group] += b.freedom[group]
    }
    a.boundSum += b.boundSum
    a.boundFreedom += b.boundFreedom
    a.fourth += b.fourth
    a.pairs += b.pairs
    a.means += b.means
    a.samples += b.samples
  }

  /// The minimum number of pairs for a test of fourth moments.
  private static let minimumPairs = 1000.0

  func tests(classIndex: Int?) -> [CertificateTest] {
    var tests: [CertificateTest] = []
    for (index, name) in names.enumerated() where freedom[index] > 0 {
      tests.append(.power(name, classIndex: classIndex, sum: sums[index], freedom: freedom[index]))
    }
    if boundFreedom > 0 {
      // The bound is an upper one, so only too much power is a fault.
      tests.append(
        CertificateTest(
          .power, "modes under rounding, over their bound", classIndex: classIndex, measured: boundSum / boundFreedom,
          expected: 1, p: ChiSquared(degreesOfFreedom: boundFreedom).tails(boundSum).upper))
    }
    if samples > 0 {
      tests.append(.mean(classIndex: classIndex, sum: means, samples: samples))
    }
    if pairs >= Self.minimumPairs {
      // x² - 4 x + 2 of an exponential variable has the variance 4 and the third cumulant 80.
      let law = ThreeCumulants(mean: 0, variance: 4 * pairs, third: 80 * pairs)
      // In the far tail, a single large power is likelier than many moderately large ones.
      let single = fourth > 0 ? pairs * exp(-(2 + (2 + fourth).squareRoot())) : 0
      let tails = law.tails(fourth)
      tests.append(
        CertificateTest(
          .gaussianity, "fourth cumulant of whitened coefficients", classIndex: classIndex, measured: fourth / pairs,
          expected: 0, deviations: law.deviations(fourth), p: min(1, 2 * min(tails.lower, tails.upper + single))))
    }
    return tests
  }
}
