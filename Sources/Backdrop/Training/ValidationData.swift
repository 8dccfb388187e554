import GaussianField
import TextureDataset
import TextureStream

/// A dataset of its own on which a network is validated, in place of a part of the training data.
struct ValidationData: Sendable {
  let source: SampleSource
  /// The continuous labels; nil unless the loss is one of regression.
  let labels: RegressionLabels?

  /// - Parameters:
  ///   - source: the validation data.
  ///   - training: the training data.
  ///   - configuration: how to train.
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset` if a network for the training data cannot be validated on it,
  ///   or if it has samples of the training data.
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
        "has textures of \(recipe.field.shape) pixels, and the training data of \(other.field.shape); give data of that size"
      )
    }
    if configuration.loss.isRegression {
      do {
        labels = try RegressionLabels(configuration.targets, of: recipe, allowingConstants: true)
      } catch {
        throw refuse("has not the labels that are predicted: \(error.message)", cause: error)
      }
    } else {
      labels = nil
      guard recipe.choicesOfClasses == other.choicesOfClasses else {
        func counts(_ recipe: Recipe) -> String {
          recipe.field.scales.map { "\($0.candidates.count)" }.joined(separator: " x ")
        }
        throw refuse(
          "has \(counts(recipe)) classes, and the training data \(counts(other)) (candidates of each scale); give data of as "
            + "many")
      }
    }
    let common = source.samples.clamped(to: training.samples)
    guard common.isEmpty || !Self.keysThatDiffer(recipe, other).isEmpty || recipe.seed != other.seed else {
      throw refuse(
        "is not independent: its samples \(common.lowerBound) to \(common.upperBound - 1) are also in the training data, which "
          + "has the same recipe; give data of another seed or other samples, or a validation fraction in place of the data"
      )
    }
  }

  /// The keys in which two recipes differ, other than the seed and those that the textures' distribution does not depend on.
  private static func keysThatDiffer(_ recipe: Recipe, _ other: Recipe) -> [String] {
    recipe.keysThatDiffer(from: other).filter { !["samples", "dtype", "seed"].contains($0) }
  }

  /// What to know about a validation on this data: how its distribution differs from that of the training data, and whether
  /// it shares random numbers with it.
  func notes(for training: SampleSource) -> [String] {
    let recipe = source.recipe
    let keys = Self.keysThatDiffer(recipe, training.recipe)
    guard !keys.isEmpty else { return [] }
    var notes = [
      "the validation data differs from the training data in \(keys.joined(separator: ", ")): its metrics and its ceiling are "
        + "those of another distribution"
    ]
    if recipe.seed == training.recipe.seed, source.samples.overlaps(training.samples) {
      notes.append(
        "the validation data has the seed of the training data, so that its textures are made of the same random numbers and "
          + "are not independent; give it a seed of its own")
    }
    return notes
  }
}
