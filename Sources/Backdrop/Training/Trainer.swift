import TextureDataset
import TextureStream

/// Trains a network on a dataset and writes the results to a folder.
///
///     let source = try SampleSource(DatasetReader("data.h5"))
///     let network = try Network.reference(side: 256, outputs: 4, fineMask: 0.85, coarseMask: 0.75)
///     let trainer = try Trainer(TrainingConfiguration(network: network, epochs: 10), on: source, in: "run")
///     let summary = try await trainer.run()
///
/// The folder contains the configuration, a line of metrics for each epoch, a checkpoint, the best and the final
/// weights, and the evaluation of the final weights. A training that is stopped at any step and resumed gives bit for
/// bit the same metrics and weights, with the same number of threads.
///
/// Several processes can train together, each with a ``TrainingGroup`` and a trainer of the same arguments.
public actor Trainer {
  /// How to treat an existing run in the output folder.
  public enum Policy: Sendable {
    /// Throw an error.
    case refuse
    /// Resume it; start a new run if there is none.
    case resume
    /// Replace it as soon as the new run has started.
    case replace
  }

  /// The folder's path.
  public nonisolated let path: String
  let configuration: TrainingConfiguration
  let source: SampleSource
  let validationSource: SampleSource?
  let softLabels: SoftLabels?
  let policy: Policy
  let weightsFile: String?
  let checkpointEvery: Duration
  let logEvery: Int?
  let group: TrainingGroup?
  private let thread: DedicatedThread

  /// The trainer's own thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// - Parameters:
  ///   - configuration: how to train.
  ///   - source: what to train on.
  ///   - validationSource: what to validate on, after each epoch and at the end; a part of `source` if not given. If
  ///     given, nothing of `source` is set aside: the configuration's validation fraction and split seed do not apply.
  ///     It must have textures of the same size and the same number of candidates for each scale, and no texture of
  ///     `source`.
  ///   - path: the output folder.
  ///   - softLabels: class probabilities of the dataset's samples, with which cross-entropy compares the outputs in
  ///     training; the classes themselves if not given.
  ///   - policy: how to treat an existing run.
  ///   - weightsFile: a safetensors file with the initial weights, or a checkpoint, from which only the weights are
  ///     used. If not given, the weights are drawn from the seed.
  ///   - checkpointEvery: the time between checkpoints within an epoch.
  ///   - logEvery: the number of steps between lines of steps.jsonl; no such lines if not given. The training does not
  ///     depend on it, and a resumed run may use another number.
  ///   - group: the processes that train together; nil for a single process. The first one writes the folder, and the
  ///     others read it.
  /// - Throws: ``BackdropError`` with code `.memory` if the trainer's thread cannot be started, or `.invalidOptions` if
  ///   `logEvery` is below 1.
  public init(
    _ configuration: TrainingConfiguration, on source: SampleSource,
    validatedOn validationSource: SampleSource? = nil, in path: String,
    softLabels: SoftLabels? = nil, policy: Policy = .refuse, weightsFrom weightsFile: String? = nil,
    checkpointEvery: Duration = .seconds(60 * TrainingDefaults.checkpointMinutes), logEvery: Int? = nil,
    group: TrainingGroup? = nil
  ) throws(BackdropError) {
    guard logEvery.map({ $0 > 0 }) ?? true else {
      throw BackdropError(.invalidOptions, "a log line every \(logEvery ?? 0) steps: expected at least 1")
    }
    thread = try DedicatedThread()
    var configuration = configuration
    configuration.softLabels = softLabels?.file
    if validationSource != nil { (configuration.validationFraction, configuration.splitSeed) = (0, 0) }
    self.configuration = configuration
    self.softLabels = softLabels
    self.source = source
    self.validationSource = validationSource
    self.path = path
    self.policy = policy
    self.weightsFile = weightsFile
    self.checkpointEvery = checkpointEvery
    self.logEvery = logEvery
    self.group = group
  }

  /// Trains to the end of the last epoch.
  ///
  /// - Parameters:
  ///   - shouldStop: called before each batch; true saves a checkpoint and stops the training.
  ///   - report: called for each event.
  /// - Throws: ``BackdropError``. With code `.interrupted` or `.diverged`, the folder has a checkpoint to resume from;
  ///   that of a diverged training was saved before it diverged. Refused input leaves no trace. In a group, all
  ///   processes throw these two; after any other error in one process, the others must be terminated.
  public func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    report: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
  ) async throws(BackdropError) -> TrainingSummary {
    if let group, !group.isFirst { return try await follow(group, shouldStop: shouldStop, report: report) }
    // Checked before the folder is created, so that refused input leaves no trace.
    let fresh = policy == .resume && RunFolder.hasRun(path) ? nil : try trainingData(configuration)
    let folder = try RunFolder(path, policy: policy)
    defer { folder.removeIfUnused() }
    let isResumed = policy == .resume && folder.hasRun
    let data: TrainingData
    var checkpoint: Checkpoint
    if isResumed {
      (data, checkpoint) = try resumed(folder)
    } else {
      data = if let fresh { fresh } else { try trainingData(configuration) }
      do {
        checkpoint = try await initialCheckpoint(data, folder, shouldStop: shouldStop, report: report)
      } catch let error where error.code == .interrupted {
        _ = try group?.fromFirst(StartMessage.stopped.rawValue)
        throw error
      }
    }
    if isResumed, folder.has(.evaluation), checkpoint.position.stream.epoch >= configuration.epochs {
      _ = try group?.fromFirst(StartMessage.finished.rawValue)
      return TrainingSummary(finished: checkpoint, in: path)
    }
    if isResumed { try folder.check(checkpoint.position) }
    if logEvery != nil, checkpoint.position.log == nil { checkpoint.position.log = StepLog() }
    // One stream for all epochs: it reads ahead while the model is created, and across the ends of epochs.
    let batches = BatchesAhead(try data.training(from: checkpoint.position.stream))
    let state = try TrainingState(checkpoint, data, group)
    if !isResumed { try folder.begin(checkpoint) }
    report(.begun(step: state.position.step, of: state.totalSteps))
    try folder.rollBack(to: checkpoint)
    if let group {
      _ = try group.fromFirst(StartMessage.ready.rawValue)
      // Wait until the others have read the checkpoint, which may be replaced from here on.
      _ = try group.any(false)
    }
    return try await session(state, data, folder, shouldStop: shouldStop, report: report).run(from: batches)
  }

  /// The message of a group's first process once the run's folder is ready.
  private enum StartMessage: Int { case ready, finished, stopped }

  /// Trains as a process of a group other than the first, starting from the checkpoint that the first one has written.
  private func follow(
    _ group: TrainingGroup, shouldStop: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (TrainingEvent) -> Void
  ) async throws(BackdropError) -> TrainingSummary {
    let message = try group.fromFirst(StartMessage.ready.rawValue)
    guard message != StartMessage.stopped.rawValue else { throw .stoppedBeforeTheFirstStep }
    var checkpoint = try Checkpoint(reading: RunFolder.file(path, RunFolder.File.checkpoint.rawValue))
    guard message == StartMessage.ready.rawValue else { return TrainingSummary(finished: checkpoint, in: path) }
    let data = try trainingData(configuration.keepingSplitVersion(of: checkpoint.record.training))
    try check(RunRecord(data, standardization: checkpoint.record.standardization), startedAs: checkpoint.record)
    checkpoint.record.training = data.configuration
    if logEvery != nil, checkpoint.position.log == nil { checkpoint.position.log = StepLog() }
    let batches = BatchesAhead(try data.training(from: checkpoint.position.stream))
    let state = try TrainingState(checkpoint, data, group)
    _ = try group.any(false)
    report(.begun(step: state.position.step, of: state.totalSteps))
    return try await session(state, data, nil, shouldStop: shouldStop, report: report).run(from: batches)
  }

  private func session(
    _ state: TrainingState, _ data: TrainingData, _ folder: RunFolder?,
    shouldStop: @escaping @Sendable () -> Bool, report: @escaping @Sendable (TrainingEvent) -> Void
  ) -> TrainingSession {
    // All processes of a group stop after the same step.
    let stop: @Sendable () throws(BackdropError) -> Bool
    if let group { stop = { () throws(BackdropError) in try group.any(shouldStop()) } } else { stop = shouldStop }
    return TrainingSession(
      state, data, folder, path: path, group, checkpointEvery: checkpointEvery, logEvery: logEvery, shouldStop: stop,
      report: report)
  }

  private func trainingData(_ configuration: TrainingConfiguration) throws(BackdropError) -> TrainingData {
    try TrainingData(source, configuration, validatedOn: validationSource, softLabels: softLabels, group: group)
  }

  /// Notes on validation data: how its distribution differs from that of the training data, and whether it shares
  /// random numbers with it. Empty if neither applies.
  ///
  /// - Throws: ``BackdropError`` like ``run(shouldStop:report:)``, if the validation data is refused.
  public nonisolated func validationNotes() throws(BackdropError) -> [String] {
    guard let validationSource else { return [] }
    return try ValidationData(validationSource, for: source, configuration).notes(for: source)
  }

  /// The checkpoint of the existing run, whose configuration must match, and the data with that run's split.
  private func resumed(_ folder: RunFolder) throws(BackdropError) -> (TrainingData, Checkpoint) {
    var checkpoint = try Checkpoint(reading: folder(.checkpoint))
    let data = try trainingData(configuration.keepingSplitVersion(of: checkpoint.record.training))
    try check(RunRecord(data, standardization: checkpoint.record.standardization), startedAs: checkpoint.record)
    let epochs = checkpoint.record.training.epochs
    guard configuration.schedule.canBeExtended || configuration.epochs == epochs else {
      throw BackdropError(
        .foreignCheckpoint,
        "\(path): was started with \(counted(epochs, "epoch")) of a cosine schedule, and \(configuration.epochs) would"
          + " make the learning rate jump; resume with --epochs \(epochs) (runs with a constant or step schedule can"
          + " be extended)")
    }
    checkpoint.record.training = data.configuration
    return (data, checkpoint)
  }

  /// - Throws: ``BackdropError`` with code `.foreignCheckpoint` if a run was started with other options or data.
  private func check(_ record: RunRecord, startedAs original: RunRecord) throws(BackdropError) {
    let differences = record.differences(from: original)
    guard differences.isEmpty else {
      throw BackdropError(
        .foreignCheckpoint,
        "\(path): was started differently: \(differences.joined(separator: ", ")); resume with the dataset and the"
          + " options that it was started with, or choose another --out")
    }
  }

  /// The initial checkpoint of a new run.
  private func initialCheckpoint(
    _ data: TrainingData, _ folder: RunFolder, shouldStop: @Sendable () -> Bool,
    report: @Sendable (TrainingEvent) -> Void
  ) async throws(BackdropError) -> Checkpoint {
    let layout = try configuration.network.parameterLayout(of: data.size)
    let weights =
      if let weightsFile {
        try Checkpoint.weights(in: weightsFile, layout)
      } else {
        try configuration.network.initialWeights(for: data.size, seed: configuration.seed)
      }
    let record = RunRecord(
      data,
      standardization: try await Standardization(measuring: data, shouldContinue: { !shouldStop() }, report: report))
    try checkRoom(for: configuration.optimizer.stateNames.count * layout.count)
    let optimizer = Optimizer(
      configuration.optimizer, weightDecay: configuration.weightDecay, parameterCount: layout.count)
    return Checkpoint(
      record: record, position: TrainingPosition(stream: data.start), weights: weights,
      optimizerState: optimizer.state)
  }
}
