import TextureStream

/// A model in training, with all state that a step changes. It must be used from one thread.
final class TrainingState {
  let record: RunRecord
  let model: Model
  private(set) var position: TrainingPosition
  private var optimizer: Optimizer
  private let data: TrainingData
  private let group: TrainingGroup?
  /// The step of the last checkpoint.
  var savedStep = 0

  /// - Parameter group: the processes that train together; nil for a single process.
  /// - Throws: ``BackdropError`` like ``Model`` and ``Optimizer``.
  init(_ checkpoint: Checkpoint, _ data: TrainingData, _ group: TrainingGroup?) throws(BackdropError) {
    let training = checkpoint.record.training
    record = checkpoint.record
    position = checkpoint.position
    model = try Model(
      training.trainedNetwork, size: record.size, batchSize: data.ownBatchSize, weights: checkpoint.weights,
      seed: training.seed, standardization: record.standardization, threads: training.threads,
      activationMemory: training.activationMemory)
    try checkRoom(for: training.optimizer.stateNames.count * checkpoint.weights.count)
    optimizer = Optimizer(
      training.optimizer, weightDecay: training.weightDecay, parameterCount: checkpoint.weights.count)
    try optimizer.restore(stepCount: position.optimizerSteps, state: checkpoint.optimizerState)
    self.data = data
    self.group = group
    savedStep = position.step
  }

  /// The current state, from which a resumed training continues exactly.
  ///
  /// - Parameter seconds: the training's running time.
  /// - Throws: ``BackdropError`` with code `.diverged`.
  func checkpoint(seconds: Double) throws(BackdropError) -> Checkpoint {
    position.seconds = seconds
    return Checkpoint(
      record: record, position: position, weights: try finiteWeights(), optimizerState: optimizer.state)
  }

  /// The weights, checked before they are saved.
  ///
  /// - Throws: ``BackdropError`` with code `.diverged` if a weight is NaN or infinite.
  func finiteWeights() throws(BackdropError) -> [Float] {
    guard model.weights.allSatisfy(\.isFinite) else {
      throw diverged("a weight is infinite or not a number", after: position.step)
    }
    return model.weights
  }

  /// The number of batches of all epochs.
  var totalSteps: Int { data.batchesPerEpoch * record.training.epochs }

  /// Whether all epochs are done.
  var isDone: Bool { position.stream.epoch >= record.training.epochs }

  /// Whether all samples of the epoch have been seen.
  var isEpochComplete: Bool { position.sums.samples >= record.dataset.trainingSamples }

  /// Runs one training step.
  ///
  /// - Throws: ``BackdropError`` with code `.diverged`, with the weights unchanged, or `.oneDNN`.
  func step(_ batch: TextureBatch) throws(BackdropError) {
    let training = record.training
    let share = group?.share(
      ofBatch: min(training.batchSize, record.dataset.trainingSamples - position.stream.position))
    var scores = Scores()
    var numbers: [Float] = []
    var loss: Double?
    var gradients = try batch.withImages { images throws(BackdropError) in
      try model.gradients(images.span, step: position.step, share: share) { outputs throws(BackdropError) in
        let own = (samples: batch.samples, labels: batch.labels.map { Int($0) }, outputs: outputs)
        let all = try group?.gather(samples: own.samples, labels: own.labels, outputs: own.outputs) ?? own
        (scores.samples, scores.outputs) = (all.samples, all.outputs)
        let targets = data.lossTargets(ofSamples: all.samples, classes: all.labels)
        if case .numbers(let standardized) = targets {
          numbers = standardized
          scores.labels = data.targetStandardization.labels(standardized)
        } else {
          scores.targets = all.labels.map { training.target(ofClass: $0) }
        }
        let value = training.loss.evaluate(outputs: all.outputs, outputCount: model.outputs, targets: targets)
        loss = value.loss
        guard let share else { return value.gradient }
        let first = share.first * model.outputs
        return Array(value.gradient[first..<first + outputs.count])
      }
    }
    let cost = try group?.total(model.lastStep, samples: batch.count) ?? model.lastStep
    let learningRate = training.schedule.learningRate(
      base: training.learningRate, step: position.step, stepsPerEpoch: data.batchesPerEpoch, totalSteps: totalSteps)
    guard learningRate.isFinite else {
      throw diverged("the learning rate is \(Self.text(learningRate))", after: position.step + 1)
    }
    if let loss {
      guard loss.isFinite else { throw diverged("the loss is \(Self.text(loss))", after: position.step + 1) }
      // Shared arrays are copied when they change: the gradients by clipping, and the weights and the optimizer's state
      // while a checkpoint references them.
      try checkRoom(for: (2 + training.optimizer.stateNames.count) * model.layout.count)
      let norm = clipGradientNorm(&gradients, to: training.clip ?? .infinity)
      guard norm.isFinite else { throw diverged("the gradient is \(Self.text(norm))", after: position.step + 1) }
      optimizer.step(&model.weights, gradients: gradients, learningRate: learningRate)
    }
    // A growing array temporarily needs up to twice its new size in addition to its old storage.
    try checkRoom(for: 4 * position.sums.logits.count, of: Int.self)
    position.sums.learningRate = learningRate
    position.sums.add(
      scores, loss: loss, isBinary: training.loss.isBinary, choices: data.choices, numbers: numbers,
      cost: cost)
    position.log?.sums.learningRate = learningRate
    position.log?.sums.add(
      scores, loss: loss, isBinary: false, choices: data.choices, numbers: numbers, cost: cost)
    position.step += 1
    position.optimizerSteps = optimizer.stepCount
    position.stream = batch.stateAfter
  }

  /// Adds seconds to the epoch's training time, and seconds of waiting to the part spent waiting.
  func addTime(_ seconds: Double, waiting: Double) {
    position.sums.seconds += seconds
    position.sums.waitSeconds += waiting
  }

  /// The metrics of the epoch, after all of its samples have been seen.
  ///
  /// - Parameters:
  ///   - validation: the evaluation of the validation part.
  ///   - ceiling: the results of the best possible method on that part, if they belong in this epoch's line.
  func metrics(_ validation: Evaluation?, ceiling: Ceiling? = nil) throws(BackdropError) -> EpochMetrics {
    if let loss = validation?.loss, !loss.isFinite {
      throw diverged("the validation loss is \(Self.text(loss))", after: position.step)
    }
    return EpochMetrics(
      epoch: position.stream.epoch + 1, steps: position.step, position.sums,
      method: record.training.method, targets: data.targetStandardization,
      validation: validation.map { EpochMetrics.Measures($0) }, ceiling: ceiling)
  }

  /// The metrics of the steps since the last line of steps.jsonl.
  ///
  /// - Parameters:
  ///   - log: the log of the steps.
  ///   - seconds: the training's running time.
  func stepMetrics(_ log: StepLog, seconds: Double) -> StepMetrics {
    StepMetrics(
      step: position.step, epoch: position.stream.epoch + 1, log.sums, isRegression: record.training.loss.isRegression,
      seconds: seconds)
  }

  /// Starts the next line of steps.jsonl.
  func finishLine(stepsBytes: Int) { position.log = StepLog(bytes: stepsBytes) }

  /// Whether an epoch's validation score is better than all earlier ones: higher, or lower for the mean squared error.
  func isBest(_ metrics: EpochMetrics) -> Bool {
    guard let score = metrics.validation?.score(of: record.training.loss) else { return false }
    guard let best = position.best else { return true }
    return record.training.loss.isRegression ? score < best.score : score > best.score
  }

  /// Advances to the next epoch.
  func finishEpoch(_ metrics: EpochMetrics, metricsBytes: Int) {
    if isBest(metrics), let score = metrics.validation?.score(of: record.training.loss) {
      position.best = TrainingPosition.Best(epoch: metrics.epoch, score: score)
    }
    position.metricsBytes = metricsBytes
    position.stream.epoch += 1
    position.stream.position = 0
    position.sums = EpochSums()
  }

  private static func text(_ number: Double) -> String { number.isNaN ? "not a number" : "infinite" }

  private func diverged(_ what: String, after step: Int) -> BackdropError {
    let training = record.training
    return BackdropError(
      .diverged,
      "\(what) at step \(step), in epoch \(position.stream.epoch + 1): the training has diverged; use a lower "
        + "learning rate than \(training.learningRate)"
        + (training.clip == nil ? ", or limit the gradient, for example with --clip 1" : "")
        + ". The checkpoint of step \(savedStep) is kept; --weights-from accepts it")
  }
}
