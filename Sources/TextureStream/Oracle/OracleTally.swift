import Foundation

/// The sums over samples for a report, independent of the number of threads.
struct OracleTally: Sendable {
  private let choices: [[Int]]
  private let candidateCounts: [Int]
  private(set) var samples = 0
  /// The confusion matrix: rows are true classes, columns those of maximum posterior; shape (class, class).
  private(set) var confusion: [[Int]]
  /// The sums of the probability that the decision is wrong, and of its square.
  private(set) var error = FractionSum()
  private(set) var squaredError = FractionSum()
  /// For each scale, the number of samples whose choice is right, and the sum of the probability that it is wrong.
  private(set) var scaleCorrect: [Int]
  private(set) var scaleError: [FractionSum]
  /// For each parameter, in units of its squared span.
  private(set) var parameters: [ParameterSums]

  /// The sums of a parameter.
  struct ParameterSums: Sendable {
    var samples = 0
    var squaredError = FractionSum()
    var variance = FractionSum()
  }

  /// - Parameters:
  ///   - choices: the choices of each class, one for each scale.
  ///   - candidateCounts: the number of candidates of each scale.
  ///   - parameters: the number of parameters that are drawn for every sample.
  init(choices: [[Int]], candidateCounts: [Int], parameters: Int) {
    self.choices = choices
    self.candidateCounts = candidateCounts
    confusion = Array(repeating: Array(repeating: 0, count: choices.count), count: choices.count)
    scaleCorrect = candidateCounts.map { _ in 0 }
    scaleError = candidateCounts.map { _ in FractionSum() }
    self.parameters = Array(repeating: ParameterSums(), count: parameters)
  }

  /// Adds the decision about a sample.
  ///
  /// - Parameters:
  ///   - label: the sample's class.
  ///   - logPosteriors: the log posteriors of the classes.
  mutating func add(label: Int, logPosteriors: [Double]) {
    let probabilities = logPosteriors.map { exp($0) }
    let decision = Self.maximum(logPosteriors)
    let wrong = Self.sum(probabilities, without: decision)
    samples += 1
    confusion[label][decision] += 1
    error.add(wrong)
    squaredError.add(wrong * wrong)
    for scale in candidateCounts.indices {
      var byChoice = [Double](repeating: 0, count: candidateCounts[scale])
      for (index, probability) in probabilities.enumerated() { byChoice[choices[index][scale]] += probability }
      let decision = Self.maximum(byChoice)
      if decision == choices[label][scale] { scaleCorrect[scale] += 1 }
      scaleError[scale].add(Self.sum(byChoice, without: decision))
    }
  }

  /// Adds the estimate of a parameter.
  ///
  /// - Parameters:
  ///   - squaredError: the squared error of the posterior mean, over the squared span of the parameter.
  ///   - variance: the posterior variance, in the same unit.
  mutating func add(parameter: Int, squaredError: Double, variance: Double) {
    parameters[parameter].samples += 1
    parameters[parameter].squaredError.add(squaredError)
    parameters[parameter].variance.add(variance)
  }

  /// Adds another thread's sums.
  mutating func add(_ other: OracleTally) {
    samples += other.samples
    for row in confusion.indices {
      for column in confusion.indices { confusion[row][column] += other.confusion[row][column] }
    }
    error.add(other.error)
    squaredError.add(other.squaredError)
    for scale in scaleCorrect.indices {
      scaleCorrect[scale] += other.scaleCorrect[scale]
      scaleError[scale].add(other.scaleError[scale])
    }
    for index in parameters.indices {
      parameters[index].samples += other.parameters[index].samples
      parameters[index].squaredError.add(other.parameters[index].squaredError)
      parameters[index].variance.add(other.parameters[index].variance)
    }
  }

  /// The index of the maximum, the first in case of a tie.
  private static func maximum(_ values: [Double]) -> Int {
    values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
  }

  /// The sum of the other values, without cancellation.
  private static func sum(_ values: [Double], without index: Int) -> Double {
    values.indices.reduce(0) { $1 == index ? $0 : $0 + values[$1] }
  }
}
