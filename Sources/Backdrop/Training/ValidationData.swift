import GaussianField
import TextureDataset
import TextureStream

/// A separate dataset on which a network is validated, instead of a part of the training data.
struct ValidationData: Sendable {
  let source: SampleSource
  /// The continuous labels; nil unless the loss is one of regression.
  let labels: RegressionLabels?

  /// - Parameters:
  ///   - source: the validation data.
  ///   - training: the training data.
  ///   - configuration: how to train.
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset` if a network for the training data cannot be validated
  ///   on it, or if it contains samples of the training data.
  init(
    _ source: SampleSource, for training: SampleSource, _ configuration: TrainingConfiguration
  ) throws(BackdropError) {
    self.source = source
    func refuse(_ message: String, cause: (any Error)? = nil) -> BackdropError {
      BackdropError(.unsuitableDataset, "the validation data \(message)", cause: cause)
    }
    let (recipe, other) = (source.recipe, training.recipe)
    guard recipe.field.shape == other.field.shape else {
      throw refuse(
        "has textures of \(recipe.field.shape) pixels, the training data of \(other.field.shape); give data of that"
          + " size"
      )
    }
    if configuration.loss.isRegression {
      do {
        labels = try RegressionLabels(configuration.targets, of: recipe, allowingConstants: true)
      } catch {
        throw refuse("lacks the labels to predict: \(error.message)", cause: error)
      }
    } else {
      labels = nil
      guard recipe.choicesOfClasses == other.choicesOfClasses else {
        func counts(_ recipe: Recipe) -> String {
          recipe.field.scales.map { "\($0.candidates.count)" }.joined(separator: " x ")
        }
        throw refuse(
          "has \(counts(recipe)) classes, the training data has \(counts(other)) (candidates of each scale); give data"
            + " with the same numbers")
      }
    }
    let common = source.samples.clamped(to: training.samples)
    guard common.isEmpty || !Self.keysThatDiffer(recipe, other).isEmpty || recipe.seed != other.seed else {
      throw refuse(
        "is not independent: its samples \(common.lowerBound) to \(common.upperBound - 1) are also in the training"
          + " data, which has the same recipe; give data with another seed or other samples, or a validation fraction"
          + " instead"
      )
    }
  }

  /// The keys in which two recipes differ, except for the seed and keys that do not affect the textures' distribution.
  private static func keysThatDiffer(_ recipe: Recipe, _ other: Recipe) -> [String] {
    recipe.keysThatDiffer(from: other).filter { !["samples", "dtype", "seed"].contains($0) }
  }

  /// Notes on this data: how its distribution differs from that of the training data, and whether it shares random
  /// numbers with it.
  func notes(for training: SampleSource) -> [String] {
    let recipe = source.recipe
    let keys = Self.keysThatDiffer(recipe, training.recipe)
    guard !keys.isEmpty else { return [] }
    var notes = [
      "the validation data differs from the training data in \(keys.joined(separator: ", ")), so its metrics and its"
        + " ceiling are those of another distribution"
    ]
    if recipe.seed == training.recipe.seed, source.samples.overlaps(training.samples) {
      notes.append(
        "the validation data has the seed of the training data, so its textures are made from the same random numbers"
          + " and are not independent; give it another seed")
    }
    return notes
  }
}
