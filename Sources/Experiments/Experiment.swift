import Backdrop
import TextureDataset

/// A grid of training runs: every method on every dataset and number of training textures, with several seeds.
///
/// `schemas/experiment.schema.json` describes its file. A seed decides the training textures, the initial weights, the
/// order, the masks and the augmentation. All methods share the seeds, so differences between methods are paired.
public struct Experiment: Sendable {
  /// The file's name without its extension.
  public let name: String
  /// A title of one line.
  public let title: String
  /// The question, and the reasons for the design.
  public let description: String
  /// The datasets.
  public let datasets: [Dataset]
  /// The numbers of training textures.
  public let trainingSamples: [Int]
  /// The number of test textures of each dataset, which have a seed of their own.
  public let testSamples: Int
  /// The names of the networks.
  public let networks: [String]
  /// The names of the methods.
  public let methods: [String]
  /// The method that the others are compared with.
  public let baseline: String
  /// The seeds.
  public let seeds: [UInt64]
  /// The lengths of training, in steps of the baseline.
  public let steps: [Int]
  /// What all methods have in common: the number of steps, or the cost.
  public let budgets: [Budget]
  /// The relative cost of a step of each method; methods without one cost as much as the baseline.
  public let costs: [String: Double]
  /// The learning rates to choose from; empty if the settings decide.
  public let learningRates: [Double]
  /// The number of threads of each run. It affects the rounding of results.
  public let threads: Int
  /// Whether this is the small version of the experiment.
  public let isQuick: Bool
  /// The settings, shape (network, method).
  let settings: [[TrainingSettings]]

  /// Textures with a name.
  public struct Dataset: Sendable {
    /// The name.
    public let name: String
    /// The recipe, whose seed and number of samples are replaced for each run.
    public let recipe: Recipe
  }

  /// What runs of different methods have in common.
  public enum Budget: String, CaseIterable, Sendable {
    /// The number of steps.
    case steps
    /// The cost: a method whose steps cost half as much gets twice as many.
    case cost
  }

  /// The seeds of the test textures, and of the training and validation textures for choosing learning rates.
  static let (testSeed, trialSeed, validationSeed): (UInt64, UInt64, UInt64) = (1 << 52, 1 << 52 + 1, 1 << 52 + 2)

  /// The recipe of a dataset's test textures.
  func testRecipe(_ dataset: Dataset) throws(ExperimentError) -> Recipe {
    try dataset.recipe(samples: testSamples, seed: Self.testSeed)
  }

  /// The relative cost of a step of a method.
  func cost(of method: String) -> Double { costs[method] ?? costs[baseline] ?? 1 }

  /// The metric that learning rates are chosen by, and that tables show first.
  public var metricName: String {
    let all = settings.flatMap { $0 }
    if all.contains(where: { $0.loss?.isRegression == true }) { return Metric.rSquared(0) }
    return all.contains { $0.positiveClasses != nil } ? Metric.rocAUC : Metric.accuracy
  }
}

extension Experiment.Dataset {
  /// The recipe with another number of samples and seed.
  func recipe(samples: Int, seed: UInt64) throws(ExperimentError) -> Recipe {
    do {
      return try Recipe(field: recipe.field, dtype: recipe.dtype, seed: seed, samples: samples)
    } catch {
      throw ExperimentError(.invalidDescription, "the dataset \(name): \(error.message)", cause: error)
    }
  }
}

/// The names of metrics.
enum Metric {
  static let accuracy = "accuracy"
  static let rocAUC = "roc_auc"
  static func scaleAccuracy(_ scale: Int) -> String { "scale_accuracy_\(scale)" }
  static func rSquared(_ target: Int) -> String { "r_squared_\(target)" }
}
