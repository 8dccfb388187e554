import Foundation
import GaussianField
import TextureDataset
import TextureStream

/// The results of the best possible method on the samples of an evaluation: up to chance, an upper bound for any
/// network.
///
/// It follows from the likelihood of the textures (`TextureLikelihood`): no classifier is better than choosing the
/// class of maximum posterior, and no estimate of a label has a smaller mean squared error than its posterior mean.
public struct Ceiling: Codable, Equatable, Sendable {
  /// How the likelihood was computed.
  public let method: String
  /// With cross-entropy or a binary loss, the probability that the best classifier is right, averaged over the samples:
  /// the mean of the maximum posterior.
  public let expectedAccuracy: Double?
  /// With cross-entropy or a binary loss, the fraction of these samples that the best classifier gets right.
  public let accuracy: Double?
  /// With cross-entropy, for each scale the probability that the best classifier of the scale's choice is right,
  /// averaged over the samples.
  public let scaleAccuracy: [Double]?
  /// For a regression, the metrics of the posterior mean of each label.
  public let targets: [RegressionReport.TargetScore]?

  private enum CodingKeys: String, CodingKey {
    case method, accuracy, targets
    case expectedAccuracy = "expected_accuracy"
    case scaleAccuracy = "scale_accuracy"
  }

  /// When to compute a ceiling.
  public enum Request: Sendable {
    /// Never.
    case never
    /// If one exists, at a cost of at most ``Ceiling/affordableCost``.
    case ifAffordable
    /// Always; if none exists, the evaluation fails.
    case always
  }

  /// The maximum cost of a ceiling that is computed by default, in multiply-adds: a few seconds.
  public static let affordableCost = 3e10

  /// A rough estimate of the cost, in multiply-adds.
  ///
  /// - Parameters:
  ///   - recipe: the recipe of the samples.
  ///   - samples: the number of samples.
  public static func cost(of recipe: Recipe, samples: Int) -> Double {
    let field = recipe.field
    let pixels = Double(field.shape.pixels)
    // A parameter that is a range is integrated in steps that shrink with the square root of the number of pixels. With
    // several ranges, all combinations have to be set up, which costs as much as a thousand textures each.
    var (hypotheses, combinations) = (0.0, 0.0)
    for index in 0..<recipe.classCount {
      let ranges = zip(field.scales, recipe.choices(ofClass: index)).reduce(0) {
        $0 + $1.0.candidates[$1.1].ranges.count
      }
      let own = pow(16 + 2 * pixels.squareRoot(), Double(ranges))
      hypotheses += own
      if ranges > 1 { combinations += own }
    }
    let setUp = 1000 * combinations * pixels
    switch field.boundary {
    case .periodic: return setUp + hypotheses * pixels * Double(samples + 1)
    case .open: return setUp + hypotheses * pixels * pixels * (pixels / 3 + Double(samples))
    }
  }
}

/// Computes a ceiling from batches of textures.
final class CeilingMeter {
  private let likelihood: TextureLikelihood
  private let workspace: TextureLikelihood.Workspace
  private let recipe: Recipe
  private let training: TrainingConfiguration
  private let labels: RegressionLabels?
  /// For each target, its value under each hypothesis.
  private let values: [[Double]]
  private let choices: [[Int]]

  private var samples = 0
  private var correct = 0
  private var largest = 0.0
  private var scales: [Double]
  private var predictions: [Double] = []
  private var truth: [Double] = []

  /// - Throws: ``BackdropError`` with code `.unsuitableDataset` if the textures have no likelihood that can be
  ///   computed, or `.memory`.
  init(_ recipe: Recipe, _ training: TrainingConfiguration) throws(BackdropError) {
    guard training.augmentation.crop == nil else {
      throw BackdropError(
        .unsuitableDataset,
        "there is no ceiling for a network that sees crops: the likelihood is that of whole textures"
      )
    }
    self.recipe = recipe
    self.training = training
    choices = recipe.choicesOfClasses
    let likelihood = try Self.converting { () throws(FieldError) in
      try TextureLikelihood(
        recipe.field, classes: recipe.choicesOfClasses, precision: recipe.dtype.precision,
        memoryLimit: MemoryLimit.current.bytes / 2)
    }
    let workspace = try Self.converting { () throws(FieldError) in try TextureLikelihood.Workspace(for: likelihood) }
    self.likelihood = likelihood
    self.workspace = workspace
    labels =
      training.loss.isRegression
      ? try RegressionLabels(training.targets, of: recipe, allowingConstants: true) : nil
    let hypotheses = likelihood.hypotheses
    values = training.targets.map { target in
      hypotheses.map {
        RegressionLabels.value(target.parameter, of: $0.covariances[target.scale])?.bounds.minimum ?? .nan
      }
    }
    scales = Array(repeating: 0, count: recipe.scaleCount)
  }

  private static func converting<Result: ~Copyable>(
    _ body: () throws(FieldError) -> Result
  ) throws(BackdropError) -> Result {
    do throws(FieldError) { return try body() } catch {
      throw BackdropError(error.code == .memory ? .memory : .unsuitableDataset, error.message, cause: error)
    }
  }

  /// Adds a batch.
  ///
  /// - Throws: ``BackdropError`` with code `.memory`.
  func add(_ batch: TextureBatch) throws(BackdropError) {
    var logLikelihoods: [[Double]] = []
    let pixels = batch.shape.pixels
    do throws(FieldError) {
      try batch.withImages { images throws(FieldError) in
        for first in stride(from: 0, to: batch.count, by: TextureLikelihood.batchSize) {
          let count = min(TextureLikelihood.batchSize, batch.count - first)
          let textures = UnsafeBufferPointer(rebasing: images[first * pixels..<(first + count) * pixels])
          logLikelihoods += try likelihood.logLikelihoods(of: textures, count: count, in: workspace)
        }
      }
    } catch {
      throw BackdropError(.memory, error.message, cause: error)
    }
    samples += batch.count
    if let labels {
      for row in logLikelihoods { predictions += values.map { likelihood.posteriorMean(of: $0, row) } }
      truth += labels.values(ofSamples: batch.samples)
    } else {
      for (row, label) in zip(logLikelihoods, batch.labels) {
        addPosterior(likelihood.logPosteriors(row).map { exp($0) }, label: Int(label))
      }
    }
  }

  private func addPosterior(_ posterior: [Double], label: Int) {
    guard !training.loss.isBinary else {
      let positive = training.positiveClasses.reduce(0) { $0 + posterior[$1] }
      largest += max(positive, 1 - positive)
      correct += (positive > 0.5) == (training.target(ofClass: label) == 1) ? 1 : 0
      return
    }
    let best = posterior.indices.reduce(0) { posterior[$1] > posterior[$0] ? $1 : $0 }
    largest += posterior[best]
    correct += best == label ? 1 : 0
    for scale in scales.indices {
      var sums = [Double](repeating: 0, count: recipe.field.scales[scale].candidates.count)
      for (index, probability) in posterior.enumerated() { sums[choices[index][scale]] += probability }
      scales[scale] += sums.max() ?? 0
    }
  }

  /// The ceiling of all batches so far; nil without samples, or if pixels are not finite.
  var ceiling: Ceiling? {
    guard samples > 0, largest.isFinite, predictions.allSatisfy(\.isFinite) else { return nil }
    let count = Double(samples)
    guard labels == nil else {
      let report = RegressionReport(predictions: predictions, labels: truth, names: training.targets.map(\.name))
      return Ceiling(
        method: likelihood.method.rawValue, expectedAccuracy: nil, accuracy: nil, scaleAccuracy: nil,
        targets: report.targets)
    }
    // Rounding may make the sums of posteriors exceed the number of samples.
    return Ceiling(
      method: likelihood.method.rawValue, expectedAccuracy: min(1, largest / count), accuracy: Double(correct) / count,
      scaleAccuracy: training.loss.isBinary ? nil : scales.map { min(1, $0 / count) }, targets: nil)
  }
}

extension Ceiling {
  /// The ceiling of the samples of a stream.
  ///
  /// - Parameters:
  ///   - request: when to compute it.
  ///   - stream: whole textures, without augmentation.
  ///   - training: determines what is predicted.
  ///   - shouldContinue: called before each batch; false stops the computation.
  /// - Returns: nil if it is not requested, or if there is none.
  /// - Throws: ``BackdropError`` with code `.stream`, `.memory`, `.interrupted`, or `.unsuitableDataset` if the request
  ///   is `.always` and there is no ceiling.
  static func of(
    _ stream: TextureStream, _ training: TrainingConfiguration, _ request: Request,
    isolation: isolated (any Actor)? = #isolation, shouldContinue: () -> Bool = { true },
    report: (Int) -> Void = { _ in }
  ) async throws(BackdropError) -> Ceiling? {
    let recipe = stream.source.recipe
    switch request {
    case .never: return nil
    case .ifAffordable:
      guard training.augmentation.crop == nil, cost(of: recipe, samples: stream.sampleCount) <= affordableCost else {
        return nil
      }
    case .always: break
    }
    let meter: CeilingMeter
    do {
      meter = try CeilingMeter(recipe, training)
    } catch {
      if request == .ifAffordable, error.code == .unsuitableDataset { return nil }
      throw error
    }
    var batches = stream.makeAsyncIterator()
    var samples = 0
    while let batch = try await batches.nextBatch() {
      guard shouldContinue() else { throw BackdropError(.interrupted, "stopped") }
      try meter.add(batch)
      samples += batch.count
      report(samples)
    }
    return meter.ceiling
  }
}
