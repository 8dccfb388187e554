import Foundation
import TextureStream

/// The complete state of a training after a step. A training resumed from it continues exactly.
///
/// In the file, the weights and the optimizer's state are tensors with PyTorch's names, the state's prefixed as in
/// "exp_avg.0.weight". Everything else is JSON in the metadata.
struct Checkpoint: Sendable {
  var record: RunRecord
  var position: TrainingPosition
  /// The parameters in the order of the network's layout.
  var weights: [Float]
  /// The optimizer's ``Optimizer/state``.
  var optimizerState: [String: [Float]]

  private static let metadataKey = "gpgen"
  private static let logitsName = "epoch.logits"
  private static let targetsName = "epoch.targets"

  /// The part of the metadata that contains its version.
  private struct Version: Decodable { let record: RunFormat }

  /// The metadata.
  private struct Header: Codable {
    let record: RunRecord
    let position: TrainingPosition
  }

  init(record: RunRecord, position: TrainingPosition, weights: [Float], optimizerState: [String: [Float]]) {
    self.record = record
    self.position = position
    self.weights = weights
    self.optimizerState = optimizerState
  }

  /// Reads and checks a checkpoint file.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidFile`, `.foreignCheckpoint` or `.fileSystem`.
  init(reading path: String) throws(BackdropError) {
    let file = try Safetensors(reading: path)
    guard let text = file.metadata[Self.metadataKey] else {
      throw BackdropError(.invalidFile, "\(path): is not a checkpoint of gpgen; expected the one in a run's folder")
    }
    let version = try RunJSON.decode(Version.self, from: Data(text.utf8), file: path)
    let header = try RunJSON.decode(
      Header.self, from: Data(text.utf8), file: path, renaming: version.record.formerNames)
    var record = header.record
    try record.check(file: path)
    self.record = record
    position = header.position
    let layout = try record.training.network.parameterLayout(of: record.size)
    weights = try Self.values(layout, in: file, path: path)
    optimizerState = [:]
    for name in record.training.optimizer.stateNames {
      optimizerState[name] = try Self.values(layout, in: file, path: path, behind: "\(name).")
    }
    position.sums.logits = file.tensor(named: Self.logitsName)?.values ?? []
    position.sums.targets = (file.tensor(named: Self.targetsName)?.values ?? []).map { $0 > 0 ? 1 : 0 }
    guard position.fits(record) else {
      throw BackdropError(.invalidFile, "\(path): has inconsistent values; the file is damaged")
    }
  }

  /// Reads the weights from a weights file or a checkpoint.
  ///
  /// - Throws: ``BackdropError`` with code `.foreignWeights` if their names or shapes differ from the layout's, or
  ///   `.invalidFile`.
  static func weights(in path: String, _ layout: ParameterLayout) throws(BackdropError) -> [Float] {
    let file = try Safetensors(reading: path)
    guard file.metadata[metadataKey] != nil else { return try layout.values(of: file, file: path) }
    do {
      return try values(layout, in: file, path: path)
    } catch {
      throw error.code == .foreignCheckpoint ? BackdropError(.foreignWeights, error.message) : error
    }
  }

  private static func values(
    _ layout: ParameterLayout, in file: Safetensors, path: String, behind prefix: String = ""
  ) throws(BackdropError) -> [Float] {
    try checkRoom(for: layout.count)
    var values: [Float] = []
    values.reserveCapacity(layout.count)
    for entry in layout.entries {
      guard let tensor = file.tensor(named: prefix + entry.name), tensor.shape == entry.shape else {
        throw BackdropError(
          .foreignCheckpoint,
          "\(path): has no tensor \(prefix + entry.name) of shape \(entry.shape), which its network needs")
      }
      // The optimizer's state may be infinite, because it contains squares of gradients.
      if prefix.isEmpty { try tensor.checkIsFinite(file: path) }
      values += tensor.values
    }
    return values
  }

  /// Replaces the file atomically: after an error it is unchanged.
  func write(to path: String) throws(BackdropError) {
    let layout = try record.training.network.parameterLayout(of: record.size)
    // The tensors copy the values.
    try checkRoom(for: (1 + optimizerState.count) * layout.count)
    var tensors = layout.tensors(weights)
    for (name, values) in optimizerState.sorted(by: { $0.key < $1.key }) {
      tensors += layout.tensors(values).map {
        Safetensors.Tensor(name: "\(name).\($0.name)", shape: $0.shape, values: $0.values)
      }
    }
    let sums = position.sums
    if !sums.logits.isEmpty {
      tensors.append(Safetensors.Tensor(name: Self.logitsName, shape: [sums.logits.count], values: sums.logits))
      tensors.append(
        Safetensors.Tensor(
          name: Self.targetsName, shape: [sums.targets.count], values: sums.targets.map { Float($0) }))
    }
    let header = RunJSON.line(Header(record: record, position: position))
    try Safetensors.write(tensors, metadata: [Self.metadataKey: header], to: path)
  }
}

/// The progress of a training, from which it is resumed.
struct TrainingPosition: Codable, Equatable, Sendable {
  /// The number of batches so far, in all epochs.
  var step = 0
  /// The number of optimizer steps: fewer than batches if the loss of some batches was undefined.
  var optimizerSteps = 0
  /// The position in the stream.
  var stream: StreamState
  /// Running sums of the current epoch.
  var sums = EpochSums()
  /// The size of metrics.jsonl so far, in bytes.
  var metricsBytes = 0
  /// The best validation so far; nil before the first, and without a validation part.
  var best: Best?
  /// The training's running time in seconds, including validations; nil in checkpoints of earlier versions.
  var seconds: Double?
  /// The log of steps; nil if the run has none.
  var log: StepLog?

  /// The score of a validation, and its epoch, counted from 1.
  struct Best: Codable, Equatable, Sendable {
    let epoch: Int
    let score: Double
  }

  private enum CodingKeys: String, CodingKey {
    case step, stream, sums, best, seconds, log
    case optimizerSteps = "optimizer_steps"
    case metricsBytes = "metrics_bytes"
  }

  /// Whether this is a possible position in a run.
  func fits(_ record: RunRecord) -> Bool {
    let training = record.training
    let count = record.dataset.trainingSamples
    guard (0...training.epochs).contains(stream.epoch), sums.fit(count, isBinary: training.loss.isBinary),
      fitsOutputs(record),
      stream.position == sums.samples, stream.seed == training.seed, stream.datasetHash == record.dataset.hash
    else { return false }
    let inEpoch = training.batchesPerEpoch(of: sums.samples)
    return step == stream.epoch * training.batchesPerEpoch(of: count) + inEpoch && (0...step).contains(optimizerSteps)
      && (0...inEpoch).contains(sums.undefinedLosses) && metricsBytes >= 0
      && seconds.map { $0 >= 0 && $0.isFinite } ?? true && log?.fits ?? true
      && best.map { best in
        let scores = training.loss.isRegression ? 0...Double.greatestFiniteMagnitude : 0...1
        return (1...max(1, stream.epoch)).contains(best.epoch) && scores.contains(best.score)
      } ?? true
  }

  /// Whether the sums have the run's numbers of scales and targets.
  private func fitsOutputs(_ record: RunRecord) -> Bool {
    let scales = [0, record.choices.first?.count ?? 0]
    let targets = sums.samples == 0 ? [0] : [record.training.targets.count]
    return scales.contains(sums.scaleCorrect.count) && targets.contains(sums.regression.count)
  }
}
