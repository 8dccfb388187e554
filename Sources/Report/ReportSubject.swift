import Backdrop
import TextureDataset

/// Something that a report is about.
public enum ReportSubject: Sendable {
  /// A dataset, by the path that was given.
  case dataset(String, DatasetReader)
  /// The folder of a run.
  case run(RunResults)
  /// The folder of an experiment's results.
  case experiment(ExperimentResults)

  /// The kinds.
  public enum Kind: Sendable {
    /// A shard, an index, or a folder of shards.
    case dataset
    /// The folder of a run.
    case run
    /// The folder of an experiment's results.
    case experiment

    /// What a path seems to be, by the files that a folder has; ``ReportSubject/init(_:)`` finds out whether it is.
    public init(of path: String) {
      self = ExperimentResults.isExperiment(path) ? .experiment : RunResults.isRun(path) ? .run : .dataset
    }
  }

  /// Opens a path. Blocks while it reads headers, checksums and results.
  ///
  /// - Throws: ``DatasetError``, ``BackdropError`` or ``ReportError``, whose message names the file.
  public init(_ path: String) throws {
    switch Kind(of: path) {
    case .experiment: self = .experiment(try ExperimentResults(path))
    case .run: self = .run(try RunResults(path))
    case .dataset: self = .dataset(path, try DatasetReader(path))
    }
  }

  /// The path that was given.
  public var path: String {
    switch self {
    case .dataset(let path, _): path
    case .run(let results): results.path
    case .experiment(let results): results.path
    }
  }

  /// The heading of its section.
  var heading: String {
    switch self {
    case .dataset(let path, _): "Dataset \(path)"
    case .run(let results): "Run \(results.path)"
    case .experiment(let results): "Experiment \(results.title.isEmpty ? results.path : results.title)"
    }
  }
}
