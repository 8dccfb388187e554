import ArgumentParser
import Backdrop
import Foundation
import HeaderSandbox
import TextureDataset
import TextureStream

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network on a dataset: the reference Backdrop network, or one of your own.",
    discussion: """
      The folder gets the configuration, a line of metrics.jsonl for each epoch, with --log-every lines of steps.jsonl, checkpoints, the final and the best \
      weights in safetensors, and the confusion matrix. Metrics of all classes have the accuracy of each scale's choice, and \
      the first epoch's line the ceiling: what the best possible method reaches on the validation samples, where the textures \
      have a likelihood that takes a few seconds. What stops a run leaves a checkpoint, and the same command with \
      --resume goes on with it to the same result.

      Built with the trait MPI, several processes train together, each on its share of every batch: mpirun -n 4 gpgen train
      data.h5 --out run/ --batch 16. All of them see the same files; the first one writes the folder.
      """)

  @Argument(help: "A shard, an index, a folder of shards, or a recipe (.yaml), whose textures are made on the fly.")
  var data: String

  @Option(help: ArgumentHelp("Output folder.", valueName: "folder"))
  var out: String

  @OptionGroup(title: "The network") var networkOptions: NetworkOptions
  @OptionGroup(title: "The learning") var learning: LearningOptions
  @OptionGroup(title: "The samples") var samples: SampleOptions

  @Option(
    help: ArgumentHelp(
      "Begin with these weights, in safetensors, with the names of PyTorch's nn.Sequential; or with those of a checkpoint.",
      valueName: "file"))
  var weightsFrom: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Time between checkpoints within an epoch.", valueName: "minutes"))
  var checkpointMinutes = TrainingDefaults.checkpointMinutes

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Write a line of steps.jsonl every so many steps: loss, accuracy and cost since the last line. (default: none)",
      valueName: "steps"),
    transform: OptionRange.stepCount)
  var logEvery: Int?

  @Option(
    parsing: .unconditional,
    help:
      "Threads that compute, in each process. The last bits of results depend on their number. (default: all cores, or as the resumed run)",
    transform: OptionRange.threads)
  var threads: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Memory for activations kept for the backward pass, in MiB; less memory costs some recomputation. The result does not depend on it beyond rounding.",
      valueName: "mib"), transform: OptionRange.activationMemory)
  var activationMemory = TrainingDefaults.activationMemoryMiB

  @Flag(
    help: "Continue an unfinished run, or start one. --epochs may grow, unless --schedule is cosine."
  )
  var resume = false

  @Flag(help: "Replace an existing run once the new one has started.")
  var force = false

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  mutating func validate() throws {
    if resume, force { throw ValidationError("--resume keeps what is there, --force does not; give one of them.") }
    try OutputName.checkFolder(out, like: "run/")
    guard checkpointMinutes > 0, checkpointMinutes <= 1e6 else {
      throw ValidationError("--checkpoint-minutes \(checkpointMinutes): expected a number above 0, at most 1000000.")
    }
  }

  func run() async throws {
    let processes = try TrainingProcesses.meet()
    do {
      try await train(processes)
    } catch {
      // All processes stop together where they are asked to. Any other error ends them.
      if !(error is ExitCode) { processes.end(because: error, of: Self.self) }
      processes.leave()
      throw error
    }
    processes.leave()
  }

  private func train(_ processes: TrainingProcesses) async throws {
    let quiet = quiet || !processes.isFirst
    let source = try openSource(data)
    let validationSource = try samples.validationData.map { try openSource($0) }
    let trainer = try Trainer(
      makeConfiguration(source, processes), on: source, validatedOn: validationSource, in: out,
      softLabels: try readSoftLabels(),
      policy: resume ? .resume : force ? .replace : .refuse,
      weightsFrom: weightsFrom, checkpointEvery: .seconds(60 * checkpointMinutes),
      logEvery: logEvery, group: processes.group)
    let notes = try trainer.validationNotes()
    if !quiet { for text in notes { note("Note: \(text).") } }
    StopSignal.listen()
    let report = TrainingReport(quiet: quiet)
    let summary: TrainingSummary
    do {
      summary = try await trainer.run(shouldStop: { !StopSignal.isQuiet }, report: { report.show($0) })
    } catch {
      report.clear()
      throw explain(error, hasBegun: report.hasBegun, quiet: !processes.isFirst)
    }
    report.clear()
    if !quiet { try printResult(text(of: summary, evaluatedOn: dataToEvaluate(source, validationSource))) }
  }

  /// The soft labels that are asked for; of a run that is resumed its own, unless others are given.
  private func readSoftLabels() throws -> SoftLabels? {
    let own = resume && learning.softLabels == nil ? try RunRecord.inFolder(out)?.training.softLabels : nil
    guard let path = learning.softLabels ?? own?.path else { return nil }
    try readInSandbox(.posteriors, [path])
    return try SoftLabels(reading: path)
  }

  private func makeConfiguration(_ source: SampleSource, _ processes: TrainingProcesses) throws -> TrainingConfiguration
  {
    let ownThreads = resume && threads == nil ? try RunRecord.inFolder(out)?.training.threads : nil
    let size = try source.recipe.trainingSize()
    return TrainingConfiguration(
      network: try networkOptions.makeNetwork(
        size: size.cropped(to: samples.crop),
        outputs: learning.loss.isBinary
          ? 1 : learning.loss.isRegression ? learning.targets.count : source.recipe.classCount),
      loss: learning.loss, positiveClasses: learning.positiveClasses?.classes ?? [], targets: learning.targets,
      batchMask: learning.batchMask,
      optimizer: learning.rule, learningRate: learning.learningRate, weightDecay: learning.weightDecay,
      clip: learning.clip,
      schedule: learning.learningRateSchedule, batchSize: learning.batch, epochs: learning.epochs, seed: learning.seed,
      validationFraction: samples.validationFraction ?? TrainingDefaults.validationFraction,
      splitSeed: samples.splitSeed ?? 0,
      trainCount: samples.trainCount,
      augmentation: samples.augmentation(keeping: source.recipe.field),
      threads: threads ?? ownThreads ?? processes.threads, activationMemoryMiB: activationMemory)
  }

  /// The data that `evaluate` takes for this run: the validation data, if its classes have the same names.
  private func dataToEvaluate(_ source: SampleSource, _ validation: SampleSource?) -> String {
    func names(_ recipe: Recipe) -> [String] { (0..<recipe.classCount).map { recipe.className($0) } }
    guard let validation, let file = samples.validationData, names(validation.recipe) == names(source.recipe) else {
      return data
    }
    return file
  }

  /// - Parameter data: what a command that evaluates the run takes.
  private func text(of summary: TrainingSummary, evaluatedOn data: String) -> String {
    let (folder, epochs) = (summary.folder, summary.record.training.epochs)
    guard !summary.wasFinished, let evaluation = summary.evaluation else {
      return "\(folder): is finished already, \(counted(epochs, "epoch")); nothing to do"
    }
    let dataset = summary.record.dataset
    let samples = counted(evaluation.samples, evaluation.split == .train ? "training sample" : "held-out sample")
    var lines = [
      "\(folder): \(counted(epochs, "epoch")) of \(counted(dataset.trainingSamples, "sample")); \(result(evaluation, samples))"
        + String(
          format: "; %.0f images/s, %.1f%% of the time spent waiting for data",
          summary.seconds > 0 ? Double(summary.images) / summary.seconds : 0, 100 * summary.dataWaitFraction)
    ]
    lines.append("weights   \(summary.weightsFile)")
    if let best = summary.bestEpoch {
      let measure =
        switch summary.record.training.loss {
        case .crossEntropy: "accuracy"
        case .auc, .binaryCrossEntropy: "ROC AUC"
        case .softF1: "F1"
        case .meanSquaredError: "mean squared error"
        }
      lines.append("best      \(summary.bestWeightsFile), of epoch \(best), by the \(measure) on held-out samples")
    }
    lines.append("metrics   \(summary.metricsFile)")
    if logEvery != nil { lines.append("steps     \(summary.stepsFile)") }
    lines.append("evaluate  gpgen evaluate \(out) \(data)")
    return lines.joined(separator: "\n")
  }

  /// The result in a few words: "92.5% of 80 held-out samples right".
  private func result(_ evaluation: Evaluation, _ samples: String) -> String {
    guard case .regression(let report) = evaluation.report else {
      return "\(percent(evaluation.accuracy ?? 0)) of \(samples) right"
        + (evaluation.ceiling?.expectedAccuracy.map { " (best possible \(percent($0)))" } ?? "")
    }
    let errors = report.targets.enumerated().map { index, target in
      "\(target.name) to ±\(significant(target.rootMeanSquaredError))"
        + (evaluation.ceiling?.targets.map { " (best possible ±\(significant($0[index].rootMeanSquaredError)))" } ?? "")
    }
    return "\(errors.joined(separator: ", ")) on \(samples)"
  }

  /// Says how to go on, and ends with the signal's status where a signal ended the work.
  ///
  /// - Parameters:
  ///   - hasBegun: whether the folder has a checkpoint of this run.
  ///   - quiet: whether another process says it.
  private func explain(_ error: BackdropError, hasBegun: Bool, quiet: Bool) -> any Error {
    let command = "\n  " + commandLine(adding: "--resume", removing: "--force")
    switch error.code {
    case .invalidOptions: return ValidationError(error.message)
    case .interrupted:
      let message = error.message.prefix(1).uppercased() + error.message.dropFirst()
      if !quiet { note(hasBegun ? "\(message). Go on with:\(command)" : message) }
      return ExitCode(128 + StopSignal.number)
    case .fileSystem where hasBegun, .stream where hasBegun:
      return FileProblem(
        description: "\(error.message)\nThe last checkpoint is kept. To continue once the problem is solved:\(command)")
    default: return error
    }
  }
}

/// A fraction as people read it: "97.5%".
func percent(_ fraction: Double) -> String { String(format: "%.1f%%", 100 * fraction) }
