/// The header of a file of posteriors.
public struct PosteriorsHeader: Equatable, Sendable {
  /// The hash of the textures' recipe.
  public let datasetHash: String
  /// The names of the classes, in order.
  public let classNames: [String]
  /// How the likelihood was computed: "modes", "dense" or "whittle".
  public let method: String

  /// - Parameters:
  ///   - datasetHash: the hash of the textures' recipe.
  ///   - classNames: in the order of the classes.
  ///   - method: how the likelihood was computed.
  public init(datasetHash: String, classNames: [String], method: String) {
    self.datasetHash = datasetHash
    self.classNames = classNames
    self.method = method
  }

  /// The version of the format.
  static let version = 1
  static let versionName = "posteriors_version"
}

/// The datasets of a file of posteriors; `schemas/posteriors.md` describes them.
struct PosteriorsSchema: Sendable {
  let logPosterior: ShardSchema.Dataset
  let label: ShardSchema.Dataset
  let sample: ShardSchema.Dataset
  let classIndex: ShardSchema.Dataset

  /// - Parameters:
  ///   - samples: the number of samples.
  ///   - classes: the number of classes.
  init(samples: Int, classes: Int) {
    let rows = ShardSchema.Axis(name: "sample", positions: 0..<samples)
    let columns = ShardSchema.Axis(name: "class", positions: 0..<classes)
    logPosterior = ShardSchema.Dataset(
      name: "log_posterior", type: .float64, axes: [rows, columns],
      longName: "natural logarithm of the probability of the class given the texture")
    label = ShardSchema.Dataset(name: "label", type: .int64, axes: [rows], longName: "index of the class")
    sample = ShardSchema.Dataset(
      name: "sample", type: .int64, axes: [rows], longName: "index of the sample in the whole dataset")
    classIndex = ShardSchema.Dataset(
      name: "class", type: .int64, axes: [columns], longName: "index of the class",
      numbers: .init { { $1.storeBytes(of: Int64($0), as: Int64.self) } })
  }

  /// All datasets, first the coordinates, which name the axes of the others.
  var datasets: [ShardSchema.Dataset] { [sample, classIndex, logPosterior, label] }
}
