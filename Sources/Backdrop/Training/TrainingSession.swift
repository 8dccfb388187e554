import TextureStream

/// One process's run of a training: from a state to the end, or until it is stopped.
final class TrainingSession {
  private let state: TrainingState
  private let data: TrainingData
  /// Nil in all processes of a group except the first: they write nothing.
  private let folder: RunFolder?
  private let path: String
  private let group: TrainingGroup?
  private let checkpointEvery: Duration
  private let logEvery: Int?
  private let shouldStop: @Sendable () throws(BackdropError) -> Bool
  private let report: @Sendable (TrainingEvent) -> Void

  private let start = ContinuousClock.now
  private var saved = ContinuousClock.now
  private let firstStep: Int
  /// The training's running time before it was resumed, in seconds.
  private let earlierSeconds: Double
  private var (images, seconds, waiting) = (0, 0.0, 0.0)
  /// The ceilings of parts, computed once by the process that writes them.
  private var ceilings: [Split: Ceiling] = [:]

  init(
    _ state: TrainingState, _ data: TrainingData, _ folder: RunFolder?, path: String, _ group: TrainingGroup?,
    checkpointEvery: Duration, logEvery: Int?, shouldStop: @escaping @Sendable () throws(BackdropError) -> Bool,
    report: @escaping @Sendable (TrainingEvent) -> Void
  ) {
    self.state = state
    self.data = data
    self.folder = folder
    self.path = path
    self.group = group
    self.checkpointEvery = checkpointEvery
    self.logEvery = logEvery
    self.shouldStop = shouldStop
    self.report = report
    firstStep = state.position.step
    earlierSeconds = state.position.seconds ?? 0
  }

  /// Trains to the end of the last epoch.
  ///
  /// - Parameter batches: the training part's batches of all epochs, beginning at the state's position.
  func run(
    from batches: BatchesAhead, isolation: isolated (any Actor)? = #isolation
  ) async throws(BackdropError) -> TrainingSummary {
    var batches = batches
    var last: Evaluation?
    while !state.isDone {
      try await train(on: &batches)
      let epoch = state.position.stream.epoch + 1
      last =
        data.validationCount > 0
        ? try await evaluate(.validation, wantsCeiling: epoch == 1 || epoch == state.record.training.epochs) : nil
      try finishEpoch(last)
    }
    let evaluation =
      if let last { last } else {
        try await evaluate(data.validationCount > 0 ? .validation : .train, wantsCeiling: true)
      }
    try finish(evaluation)
    return TrainingSummary(
      record: state.record, folder: path, wasFinished: false, evaluation: evaluation,
      bestEpoch: state.position.best?.epoch, images: images, seconds: seconds,
      dataWaitFraction: seconds > 0 ? waiting / seconds : 0)
  }

  /// Trains on the remaining batches of the epoch.
  private func train(
    on batches: inout BatchesAhead, isolation: isolated (any Actor)? = #isolation
  ) async throws(BackdropError) {
    var start = ContinuousClock.now
    while !state.isEpochComplete {
      guard try !shouldStop() else { throw try stopped() }
      guard let batch = try await batches.nextBatch() else {
        throw BackdropError(.stream, "the stream ended in the middle of an epoch")
      }
      let arrival = ContinuousClock.now
      try state.step(batch)
      let end = ContinuousClock.now
      addTime((end - start) / .seconds(1), waiting: (arrival - start) / .seconds(1), images: batch.count)
      if let logEvery, state.position.step % logEvery == 0 { try logSteps() }
      report(.step(progress))
      if end - saved >= checkpointEvery { try save() }
      start = .now
    }
  }

  /// Writes a line of steps.jsonl.
  private func logSteps() throws(BackdropError) {
    guard let log = state.position.log else { return }
    let line = RunJSON.line(state.stepMetrics(log, seconds: runSeconds))
    state.finishLine(stepsBytes: try folder?.append(line, to: .steps, at: log.bytes) ?? 0)
  }

  /// The training's running time in seconds, including validations.
  private var runSeconds: Double { earlierSeconds + (ContinuousClock.now - start) / .seconds(1) }

  private func addTime(_ time: Double, waiting wait: Double, images count: Int) {
    state.addTime(time, waiting: wait)
    seconds += time
    waiting += wait
    images += count
  }

  /// The ceiling of a part, if there is one that can be computed in a few seconds. The computation cannot be
  /// interrupted.
  private func ceiling(
    of split: Split, isolation: isolated (any Actor)? = #isolation
  ) async throws(BackdropError) -> Ceiling? {
    guard folder != nil else { return nil }
    if let known = ceilings[split] { return known }
    let ceiling = try await Ceiling.of(
      data.evaluation(of: split), state.record.training, .ifAffordable)
    ceilings[split] = ceiling
    return ceiling
  }

  /// Evaluates the current weights on a part.
  ///
  /// - Parameter wantsCeiling: whether to compute the ceiling of the part too.
  private func evaluate(
    _ split: Split, wantsCeiling: Bool, isolation: isolated (any Actor)? = #isolation
  ) async throws(BackdropError) -> Evaluation {
    let count = split == .validation ? data.validationCount : data.trainingCount
    do {
      let scores = try await state.model.scores(
        of: data.sharedEvaluation(of: split), state.record.training, labels: data.labels(of: split), sharedBy: group,
        shouldContinue: { () throws(BackdropError) in try !shouldStop() },
        report: { report(.validating(samples: $0, of: count)) })
      try scores.checkRoomForMeasures()
      let (source, part) = data.origin(of: split)
      return Evaluation(
        scores, of: state.record, on: source, split: part,
        ceiling: wantsCeiling ? try await ceiling(of: split) : nil)
    } catch {
      throw error.code == .interrupted ? try stopped() : error
    }
  }

  private func finishEpoch(_ validation: Evaluation?) throws(BackdropError) {
    let metrics = try state.metrics(
      validation, ceiling: state.position.stream.epoch == 0 ? validation?.ceiling : nil)
    // Written before the checkpoint that records them: a run resumed from an older one writes the same bytes again.
    if state.isBest(metrics) { try write(to: .best) }
    let bytes = try folder?.append(RunJSON.line(metrics), to: .metrics, at: state.position.metricsBytes) ?? 0
    try folder?.sync(.metrics)
    state.finishEpoch(metrics, metricsBytes: bytes)
    try save()
    report(.epoch(metrics))
  }

  private func finish(_ evaluation: Evaluation) throws(BackdropError) {
    guard let folder else { return }
    try write(to: .weights)
    if let confusion = evaluation.confusionText(state.record) { try folder.write(confusion + "\n", to: .confusion) }
    try folder.write(evaluation.json + "\n", to: .evaluation)
  }

  /// Writes the weights, with the network and the standardization in the metadata.
  private func write(to file: RunFolder.File) throws(BackdropError) {
    guard let folder else { return }
    let record = state.record
    try checkRoom(for: state.model.layout.count)
    try Safetensors.write(
      state.model.layout.tensors(try state.finiteWeights()),
      metadata: [
        "format": "pt", "network": record.training.network.yaml, "mean": "\(record.standardization.mean)",
        "standard_deviation": "\(record.standardization.standardDeviation)",
      ], to: folder(file))
  }

  private func save() throws(BackdropError) {
    defer { saved = .now }
    guard let folder else { return state.savedStep = state.position.step }
    // The checkpoint records the size of steps.jsonl.
    if state.position.log != nil { try folder.sync(.steps) }
    try state.checkpoint(seconds: runSeconds).write(to: folder(.checkpoint))
    state.savedStep = state.position.step
  }

  /// Saves a checkpoint, and returns the error to throw.
  private func stopped() throws(BackdropError) -> BackdropError {
    try save()
    return BackdropError(
      .interrupted, "stopped after step \(state.position.step) of \(state.totalSteps); \(path) can be resumed")
  }

  private var progress: TrainingProgress {
    let position = state.position
    let done = position.step - firstStep
    let perStep = (ContinuousClock.now - start) / .seconds(1) / Double(max(1, done))
    return TrainingProgress(
      epoch: position.stream.epoch + 1, epochs: state.record.training.epochs,
      step: position.step - position.stream.epoch * data.batchesPerEpoch, steps: data.batchesPerEpoch,
      loss: position.sums.meanLoss, accuracy: state.record.training.loss.isRegression ? nil : position.sums.accuracy,
      scaleAccuracy: position.sums.scaleAccuracy, rSquared: position.sums.regression.map(\.rSquared),
      imagesPerSecond: position.sums.samplesPerSecond, secondsLeft: perStep * Double(state.totalSteps - position.step))
  }
}

extension TrainingSummary {
  /// The summary of a run that was already finished.
  init(finished checkpoint: Checkpoint, in folder: String) {
    self.init(
      record: checkpoint.record, folder: folder, wasFinished: true, evaluation: nil,
      bestEpoch: checkpoint.position.best?.epoch, images: 0, seconds: 0, dataWaitFraction: 0)
  }
}
