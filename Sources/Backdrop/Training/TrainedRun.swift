import Foundation
import TextureDataset
import TextureStream

/// A run that was read from its folder: its record and its weights.
public struct TrainedRun: Sendable {
  /// Which of a run's weights to read.
  public enum Weights: String, CaseIterable, Sendable {
    /// The weights after the last epoch. While a finished run is being extended, those before the extension.
    case final
    /// The weights after the epoch with the best validation.
    case best
    /// The weights of the last checkpoint, whether the run is finished or not.
    case last
  }

  /// The path of the run's folder.
  public let path: String
  /// The configuration and the dataset of the training.
  public let record: RunRecord
  /// The parameters in the order of the network's layout.
  public let weights: [Float]

  /// Reads a run. Blocks while it reads.
  ///
  /// - Parameters:
  ///   - path: the path of the run's folder.
  ///   - choice: which weights to read.
  /// - Throws: ``BackdropError`` with code `.invalidFile`, `.fileSystem` or `.foreignWeights`.
  public init(_ path: String, weights choice: Weights = .final) throws(BackdropError) {
    self.path = path
    guard let record = try RunRecord.inFolder(path) else {
      throw BackdropError(
        .invalidFile,
        "\(path): contains no readable run (no \(RunFolder.File.configuration.rawValue)); create one with `gpgen"
          + " train`")
    }
    self.record = record
    let weightsFile = RunFolder.file(path, choice.file.rawValue)
    guard access(weightsFile, F_OK) == 0 else {
      throw BackdropError(
        .invalidFile,
        choice == .final
          ? "\(path): the training is not finished; resume it, or use --checkpoint best or last"
          : choice == .best
            ? "\(path): has no best weights: no epoch is complete, or nothing was set aside for validation"
            : "\(path): has no checkpoint")
    }
    let layout = try record.training.network.parameterLayout(of: record.size)
    weights = try Checkpoint.weights(in: weightsFile, layout)
  }

  /// Whether a run's folder has the weights of a choice.
  public static func has(_ choice: Weights, inFolder path: String) -> Bool {
    access(RunFolder.file(path, choice.file.rawValue), F_OK) == 0
  }

  /// Refuses a dataset whose texture size or classes differ from the run's, or that lacks the labels of a regression.
  ///
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset`.
  func check(_ recipe: Recipe) throws(BackdropError) {
    let size = record.dataset.size
    guard recipe.field.shape == .image(height: size.height, width: size.width) else {
      throw BackdropError(
        .unsuitableDataset,
        "the dataset's textures have \(recipe.field.shape) pixels, those of \(path) have \(size.height) x"
          + " \(size.width); give a dataset of that size")
    }
    if record.training.loss.isRegression {
      do throws(BackdropError) {
        _ = try RegressionLabels(record.training.targets, of: recipe, allowingConstants: true)
      } catch {
        throw BackdropError(.unsuitableDataset, error.message, cause: error)
      }
      return
    }
    let names = (0..<recipe.classCount).map { recipe.className($0) }
    guard names == record.dataset.classNames else {
      func list(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
      }
      throw BackdropError(
        .unsuitableDataset,
        "the dataset's classes are \(list(names)), those of \(path) are \(list(record.dataset.classNames)); give a"
          + " dataset of these classes")
    }
  }

  /// The part of a dataset on which this run's network is evaluated by default. For the run's own dataset, these are
  /// the validation samples, or the training samples if nothing was set aside; for any other dataset, all samples.
  public func defaultSplit(for source: SampleSource) -> Split? {
    guard record.ownSamples(source.recipe) != nil else { return nil }
    let (own, samples) = (record.dataset.samples, source.samples)
    // Samples of the same recipe that the training did not have may be the validation data.
    if record.validationDataset != nil, !samples.overlaps(own[0]..<own[1]) { return nil }
    return record.dataset.validationSamples > 0 ? .validation : .train
  }
}

extension TrainedRun.Weights {
  /// The file in a run's folder.
  fileprivate var file: RunFolder.File {
    switch self {
    case .final: .weights
    case .best: .best
    case .last: .checkpoint
    }
  }
}
