import Foundation
import TextureDataset
import TextureStream

/// The contents of a run's configuration.json: the options and the dataset of the training. `schemas/run.schema.json`
/// describes it.
public struct RunRecord: Codable, Equatable, Sendable {
  /// The version of the files that this program writes to run folders.
  public static let currentVersion = 2

  /// The version of the run folder's files. A record of version 1 is converted to the current version when it is read.
  public private(set) var formatVersion: Int
  /// The dataset that the run was trained on.
  public let dataset: Dataset
  /// The dataset that the network was validated on, instead of a part of ``dataset``; nil for the part.
  public let validationDataset: ValidationDataset?
  /// The standardization measured on the pixels of the training part.
  public let standardization: Standardization
  /// The standardization of a regression's labels, one for each target; nil for other losses.
  public let targetStandardization: [TargetStandardization]?
  /// The options of the training.
  public internal(set) var training: TrainingConfiguration

  /// A dataset, identified by its contents.
  public struct Dataset: Codable, Equatable, Sendable {
    /// The SHA-256 hash of the recipe.
    public let hash: String
    /// The recipe, as canonical JSON.
    public let recipe: String
    /// The height of a texture, in pixels.
    public let height: Int
    /// The width of a texture, in pixels.
    public let width: Int
    /// The names of the classes, in the order of their indices.
    public let classNames: [String]
    /// The half-open range of samples that were present, as indices in the whole dataset: the first, and one past the
    /// last.
    public let samples: [Int]
    /// The number of samples that were trained on.
    public let trainingSamples: Int
    /// The number of samples in the validation part.
    public let validationSamples: Int

    enum CodingKeys: String, CodingKey {
      case hash, recipe, height, width, samples
      case classNames = "class_names"
      case trainingSamples = "training_samples"
      case validationSamples = "validation_samples"
    }

    /// The size of the textures.
    public var size: ImageSize { ImageSize(height: height, width: width) }
  }

  /// A dataset that a network was validated on, identified by its contents.
  public struct ValidationDataset: Codable, Equatable, Sendable {
    /// The SHA-256 hash of the recipe.
    public let hash: String
    /// The recipe, as canonical JSON.
    public let recipe: String
    /// The half-open range of samples that were present, as indices in the whole dataset: the first, and one past the
    /// last.
    public let samples: [Int]
  }

  private enum CodingKeys: String, CodingKey {
    case dataset, standardization, training
    case validationDataset = "validation_dataset"
    case formatVersion = "format_version"
    case targetStandardization = "target_standardization"
  }

  init(_ data: TrainingData, standardization: Standardization) {
    let recipe = data.source.recipe
    formatVersion = Self.currentVersion
    dataset = Dataset(
      hash: recipe.datasetHash, recipe: recipe.canonicalJSON, height: data.textureSize.height,
      width: data.textureSize.width,
      classNames: (0..<recipe.classCount).map { recipe.className($0) },
      samples: [data.source.samples.lowerBound, data.source.samples.upperBound],
      trainingSamples: data.trainingCount, validationSamples: data.heldOutCount)
    validationDataset = data.validation.map {
      ValidationDataset(
        hash: $0.source.recipe.datasetHash, recipe: $0.source.recipe.canonicalJSON,
        samples: [$0.source.samples.lowerBound, $0.source.samples.upperBound])
    }
    training = data.configuration
    self.standardization = standardization
    targetStandardization = data.targetStandardization.isEmpty ? nil : data.targetStandardization
  }

  /// The size of the network's input images: that of the crop, if any.
  public var size: ImageSize { dataset.size.cropped(to: training.augmentation.crop) }

  /// The names of the outputs: those of all classes; with a binary loss, those of the positive classes, joined with
  /// "+"; for a regression, those of the targets.
  public var outputNames: [String] {
    if training.loss.isRegression { return training.targets.map(\.name) }
    return training.loss.isBinary
      ? [training.positiveClasses.map { dataset.classNames[$0] }.joined(separator: "+")] : dataset.classNames
  }

  /// Each class's choice for each scale; empty for a loss that does not distinguish all classes.
  var choices: [[Int]] {
    guard training.loss == .crossEntropy, let recipe = try? Recipe(canonicalJSON: dataset.recipe) else { return [] }
    return recipe.choicesOfClasses
  }

  /// Which samples of a part to evaluate. For the training part of this run's own dataset, those that were trained on;
  /// for any other part nil, which means all.
  func limit(of split: Split?, in recipe: Recipe) -> SampleLimit? {
    guard split == .train, ownSamples(recipe) != nil else { return nil }
    return training.trainingLimit(of: dataset.samples[0]..<dataset.samples[1])
  }

  /// The number of samples of this run's dataset, if a recipe generates the same textures, possibly more or fewer of
  /// them; nil otherwise.
  func ownSamples(_ recipe: Recipe) -> Int? {
    guard let own = try? Recipe(canonicalJSON: dataset.recipe),
      own.keysThatDiffer(from: recipe).allSatisfy({ ["samples", "dtype"].contains($0) })
    else { return nil }
    return own.samples
  }
}

extension RunRecord.ValidationDataset {
  /// Whether all values are consistent with each other, and the textures have a size.
  func fits(_ size: ImageSize) -> Bool {
    guard let recipe = try? Recipe(canonicalJSON: recipe) else { return false }
    return recipe.datasetHash == hash && recipe.field.shape == .image(height: size.height, width: size.width)
      && samples.count == 2 && 0 <= samples[0] && samples[0] < samples[1] && samples[1] <= recipe.samples
  }

  /// A description of the difference between the validation data of two records, where nil is a part of the dataset;
  /// nil if they are equal.
  static func difference(_ here: Self?, from there: Self?) -> String? {
    guard let here, let there else {
      func text(_ data: Self?) -> String { data == nil ? "a part of the dataset" : "a separate dataset" }
      return here == there ? nil : "the validation data (\(text(there)) there, \(text(here)) here)"
    }
    if let own = try? Recipe(canonicalJSON: here.recipe), let other = try? Recipe(canonicalJSON: there.recipe) {
      let keys = own.keysThatDiffer(from: other)
      if !keys.isEmpty { return "the validation data's \(keys.joined(separator: ", "))" }
    }
    func text(_ samples: [Int]) -> String { "\(samples[0]) to \(samples[1] - 1)" }
    return here == there
      ? nil : "the validation data's samples (\(text(there.samples)) there, \(text(here.samples)) here)"
  }
}

extension RunRecord.Dataset {
  /// Whether all values are consistent with the recipe, and the parts add up to its samples.
  ///
  /// - Parameter trainCount: the number of samples of the training part that were trained on; nil for all.
  func fits(_ recipe: Recipe, trainCount: Int?) -> Bool {
    guard recipe.datasetHash == hash, recipe.field.shape == .image(height: height, width: width),
      (0..<recipe.classCount).map({ recipe.className($0) }) == classNames,
      samples.count == 2, 0 <= samples[0], samples[0] <= samples[1], samples[1] <= recipe.samples
    else { return false }
    let parts = 0...samples[1] - samples[0]
    return parts.contains(trainingSamples) && parts.contains(validationSamples)
      && (trainCount ?? trainingSamples) == trainingSamples
      && (trainCount == nil
        ? trainingSamples + validationSamples == parts.upperBound
        : trainingSamples + validationSamples <= parts.upperBound)
  }
}

extension RunRecord {
  /// The text of configuration.json.
  var json: String { RunJSON.pretty(self) }

  /// Reads the record of a run's folder; nil if the folder has no configuration. Blocks while it reads.
  ///
  /// - Parameter folder: the path of the run's folder.
  /// - Throws: ``BackdropError`` with code `.invalidFile` or `.fileSystem`.
  public static func inFolder(_ folder: String) throws(BackdropError) -> RunRecord? {
    let path = RunFolder.file(folder, RunFolder.File.configuration.rawValue)
    guard access(path, F_OK) == 0 else { return nil }
    let file: OpenedFile
    do {
      file = try OpenedFile(path, expected: "the configuration of a run")
    } catch {
      throw BackdropError(file: error)
    }
    guard file.size <= maximum else {
      throw BackdropError(
        .invalidFile,
        "\(path): has \(byteText(file.size)), expected the configuration of a run, of at most \(byteText(maximum))")
    }
    return try RunRecord(json: Data(file.values(UInt8(0), count: file.size, at: 0)), file: path)
  }

  /// The maximum size of a configuration, in bytes; real ones are far smaller.
  private static let maximum = 16 << 20

  /// - Parameter text: JSON as ``json`` writes it.
  /// - Throws: ``BackdropError`` with code `.invalidFile`.
  init(json text: Data, file: String) throws(BackdropError) {
    let version = try RunJSON.decode(RunFormat.self, from: text, file: file)
    self = try RunJSON.decode(Self.self, from: text, file: file, renaming: version.formerNames)
    try check(file: file)
  }

  /// Checks all values: the file may come from an untrusted source.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidFile`.
  mutating func check(file: String) throws(BackdropError) {
    guard (1...Self.currentVersion).contains(formatVersion) else {
      throw BackdropError(
        .invalidFile,
        "\(file): has format version \(formatVersion), expected 1 to \(Self.currentVersion); another version of gpgen"
          + " wrote it"
      )
    }
    formatVersion = Self.currentVersion
    guard let recipe = try? Recipe(canonicalJSON: dataset.recipe),
      dataset.fits(recipe, trainCount: training.trainCount),
      validationDataset.map({
        $0.fits(dataset.size) && dataset.validationSamples == 0 && training.validationFraction == 0
      }) ?? true,
      standardization.mean.isFinite, standardization.standardDeviation > 0, standardization.standardDeviation.isFinite,
      (targetStandardization ?? []).map(\.name) == training.targets.map(\.name),
      (targetStandardization ?? []).allSatisfy({
        $0.mean.isFinite && $0.standardDeviation > 0 && $0.standardDeviation.isFinite
      })
    else { throw BackdropError(.invalidFile, "\(file): has inconsistent values; it was edited by hand") }
    do {
      try training.check(classCount: dataset.classNames.count, size: dataset.size)
      try training.check(trainingSamples: dataset.trainingSamples)
      if training.loss.isRegression { _ = try RegressionLabels(training.targets, of: recipe) }
    } catch {
      throw BackdropError(.invalidFile, "\(file): is invalid: \(error.message)", cause: error)
    }
    guard training.batchSize <= dataset.trainingSamples else {
      throw BackdropError(
        .invalidFile,
        "\(file): is invalid: batches of \(training.batchSize), but only \(counted(dataset.trainingSamples, "sample"))"
          + " to train on")
    }
  }

  /// Descriptions of the differences from another record, except for the number of threads and additional epochs.
  func differences(from other: RunRecord) -> [String] {
    var (mine, others) = (RunJSON.leaves(self), RunJSON.leaves(other))
    mine["training.threads"] = others["training.threads"]
    // Only the probabilities matter, not the path of their file.
    let labels = "training.soft_labels.path"
    if mine[labels] != nil, others[labels] != nil { mine[labels] = others[labels] }
    if training.epochs >= other.training.epochs { mine["training.epochs"] = others["training.epochs"] }
    var differences: [String] = []
    if let difference = ValidationDataset.difference(validationDataset, from: other.validationDataset) {
      differences.append(difference)
    }
    // If only one of them is validated on a part, the numbers of samples differ as a consequence.
    let parts = ["dataset.training_samples", "dataset.validation_samples", "training.validation_fraction"]
    func isOfValidation(_ key: String) -> Bool {
      key.hasPrefix("validation_dataset.")
        || (validationDataset == nil) != (other.validationDataset == nil) && parts.contains(key)
    }
    mine = mine.filter { !isOfValidation($0.key) }
    others = others.filter { !isOfValidation($0.key) }
    if let keys = try? Recipe(canonicalJSON: dataset.recipe).keysThatDiffer(
      from: Recipe(canonicalJSON: other.dataset.recipe)), !keys.isEmpty
    {
      // All other properties of the dataset follow from these keys.
      differences.append("the dataset's \(keys.joined(separator: ", "))")
      mine = mine.filter { !$0.key.hasPrefix("dataset.") }
      others = others.filter { !$0.key.hasPrefix("dataset.") }
    }
    return differences
      + Set(mine.keys).union(others.keys).sorted().compactMap { key in
        let (here, there) = (mine[key], others[key])
        // The standardizations follow from the dataset and the targets.
        guard here != there, !key.hasPrefix("standardization."), !key.hasPrefix("target_standardization") else {
          return nil
        }
        let path = key.split(separator: ".").dropFirst().joined(separator: ".")
        let name = path == "learning_rate" ? "learning rate" : path
        guard (here ?? "").count < 40, (there ?? "").count < 40 else { return name }
        return "\(name) (\(there ?? "none") there, \(here ?? "none") here)"
      }
  }
}
