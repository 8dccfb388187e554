import Foundation
import TextureDataset
import TextureStream

/// The record and the weights of a run's folder.
public struct TrainedRun: Sendable {
  /// Which of a run's weights.
  public enum Weights: String, CaseIterable, Sendable {
    /// After the last epoch; while a finished run is extended, after the last epoch before that.
    case final
    /// After the epoch with the best validation.
    case best
    /// Of the last checkpoint, finished or not.
    case last
  }

  /// The folder.
  public let path: String
  /// The options and the dataset of the training.
  public let record: RunRecord
  /// As the network's layout has them.
  public let weights: [Float]

  /// Blocks while it reads the run's files.
  ///
  /// - Parameters:
  ///   - path: the run's folder.
  ///   - choice: which weights.
  /// - Throws: ``BackdropError`` with code `.invalidFile`, `.fileSystem` or `.foreignWeights`.
  public init(_ path: String, weights choice: Weights = .final) throws(BackdropError) {
    self.path = path
    func file(_ file: RunFolder.File) -> String { RunFolder.file(path, file.rawValue) }
    guard let record = try RunRecord.inFolder(path) else {
      throw BackdropError(
        .invalidFile,
        "\(path): holds no run that can be read (no \(RunFolder.File.configuration.rawValue)); `gpgen train` makes one")
    }
    self.record = record
    let weightsFile: String =
      switch choice {
      case .final: file(.weights)
      case .best: file(.best)
      case .last: file(.checkpoint)
      }
    guard access(weightsFile, F_OK) == 0 else {
      throw BackdropError(
        .invalidFile,
        choice == .final
          ? "\(path): the training is not finished; resume it, or use --checkpoint best or last"
          : choice == .best
            ? "\(path): has no best weights: no epoch is done, or nothing was set aside for validation"
            : "\(path): has no checkpoint")
    }
    let layout = try record.training.network.parameterLayout(of: record.size)
    weights = try Checkpoint.weights(in: weightsFile, layout)
  }

  /// Refuses a dataset of other textures or classes than the run's.
  ///
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset`.
  func check(_ recipe: Recipe) throws(BackdropError) {
    let size = record.dataset.size
    guard recipe.field.shape == .image(height: size.height, width: size.width) else {
      throw BackdropError(
        .unsuitableDataset,
        "the dataset's textures are of \(recipe.field.shape) pixels, those of \(path) of \(size.height) x "
          + "\(size.width); give one of that size")
    }
    let names = (0..<recipe.classCount).map { recipe.className($0) }
    guard names == record.dataset.classNames else {
      func list(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
      }
      throw BackdropError(
        .unsuitableDataset,
        "the dataset's classes are \(list(names)), those of \(path) \(list(record.dataset.classNames)); give one of these "
          + "classes")
    }
  }

  /// The part of a dataset that this run's network is evaluated on by default: of the run's own dataset the samples that
  /// it was not trained on, of others all.
  public func defaultSplit(for source: SampleSource) -> Split? {
    guard record.ownSamples(source.recipe) != nil else { return nil }
    return record.dataset.validationSamples > 0 ? .validation : .train
  }
}
