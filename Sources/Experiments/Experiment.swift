import Backdrop
import TextureDataset

/// A grid of trainings: every method on every dataset and number of training samples, with several seeds.
///
/// `schemas/experiment.schema.json` describes the file that it is read from. A seed draws training textures of its own, the
/// initial weights, the order, the masks and the random changes; all methods share them, so that their differences are paired.
public struct Experiment: Sendable {
  /// The file's name without its ending.
  public let name: String
  /// One line.
  public let title: String
  /// What is asked, and why so.
  public let description: String
  /// Where the textures come from.
  public let datasets: [Dataset]
  /// The numbers of training textures.
  public let trainingSamples: [Int]
  /// The number of test textures of each dataset, which are drawn by a seed of their own.
  public let testSamples: Int
  /// The names of the networks.
  public let networks: [String]
  /// The names of the methods.
  public let methods: [String]
  /// The method that others are compared with.
  public let baseline: String
  /// The seeds.
  public let seeds: [UInt64]
  /// The lengths of trainings, in steps of the baseline.
  public let steps: [Int]
  /// What methods have in common: the number of steps, or their cost.
  public let budgets: [Budget]
  /// What a step of a method costs; the baseline's where a method has no number. A ratio of costs is all that counts.
  public let costs: [String: Double]
  /// The learning rates to choose from; none where the settings have one.
  public let learningRates: [Double]
  /// Threads of each training. Results depend on their number by rounding.
  public let threads: Int
  /// Whether this is the small version of the experiment.
  public let isQuick: Bool
  /// The settings, shape (network, method).
  let settings: [[TrainingSettings]]

  /// Textures by name.
  public struct Dataset: Sendable {
    /// The name.
    public let name: String
    /// What the textures are; its seed and number of samples are replaced.
    public let recipe: Recipe
  }

  /// What trainings of different methods have in common.
  public enum Budget: String, CaseIterable, Sendable {
    /// The number of steps.
    case steps
    /// The cost: a method whose step costs half as much gets twice as many.
    case cost
  }

  /// The seed of the test textures, and of those by which learning rates are chosen.
  static let (testSeed, trialSeed, validationSeed): (UInt64, UInt64, UInt64) = (1 << 52, 1 << 52 + 1, 1 << 52 + 2)

  /// The test textures of a dataset.
  func testRecipe(_ dataset: Dataset) throws(ExperimentError) -> Recipe {
    try dataset.recipe(samples: testSamples, seed: Self.testSeed)
  }

  /// What a step of a method costs.
  func cost(of method: String) -> Double { costs[method] ?? costs[baseline] ?? 1 }

  /// What learning rates are chosen by, and tables show first.
  public var metricName: String {
    let all = settings.flatMap { $0 }
    if all.contains(where: { $0.loss?.isRegression == true }) { return Metric.rSquared(0) }
    return all.contains { $0.positiveClasses != nil } ? Metric.rocAUC : Metric.accuracy
  }
}

extension Experiment.Dataset {
  /// The recipe with so many textures, drawn by a seed.
  func recipe(samples: Int, seed: UInt64) throws(ExperimentError) -> Recipe {
    do {
      return try Recipe(field: recipe.field, dtype: recipe.dtype, seed: seed, samples: samples)
    } catch {
      throw ExperimentError(.invalidDescription, "the dataset \(name): \(error.message)", cause: error)
    }
  }
}

/// The names of what is measured.
enum Metric {
  static let accuracy = "accuracy"
  static let rocAUC = "roc_auc"
  static func scaleAccuracy(_ scale: Int) -> String { "scale_accuracy_\(scale)" }
  static func rSquared(_ target: Int) -> String { "r_squared_\(target)" }
}
