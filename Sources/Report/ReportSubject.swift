import Backdrop
import TextureDataset

/// A subject of a report: a dataset, a run or an experiment.
public enum ReportSubject: Sendable {
  /// A dataset, with its path as given.
  case dataset(String, DatasetReader)
  /// The results of a run.
  case run(RunResults)
  /// The results of an experiment.
  case experiment(ExperimentResults)

  /// The kinds of subject.
  public enum Kind: Sendable {
    /// A shard, an index, or a folder of shards.
    case dataset
    /// The folder of a run.
    case run
    /// The folder of an experiment's results.
    case experiment

    /// Guesses the kind from the files in a folder; ``ReportSubject/init(_:)`` checks it.
    public init(of path: String) {
      self = ExperimentResults.isExperiment(path) ? .experiment : RunResults.isRun(path) ? .run : .dataset
    }
  }

  /// Opens a path. Blocks while headers, checksums and results are read.
  ///
  /// - Throws: `DatasetError`, `BackdropError` or ``ReportError``, whose message names the file.
  public init(_ path: String) throws {
    switch Kind(of: path) {
    case .experiment: self = .experiment(try ExperimentResults(path))
    case .run: self = .run(try RunResults(path))
    case .dataset: self = .dataset(path, try DatasetReader(path))
    }
  }

  /// The path as given.
  public var path: String {
    switch self {
    case .dataset(let path, _): path
    case .run(let results): results.path
    case .experiment(let results): results.path
    }
  }

  /// The heading of the subject's section.
  var heading: String {
    switch self {
    case .dataset(let path, _): "Dataset \(path)"
    case .run(let results): "Run \(results.path)"
    case .experiment(let results): "Experiment \(results.title.isEmpty ? results.path : results.title)"
    }
  }
}
