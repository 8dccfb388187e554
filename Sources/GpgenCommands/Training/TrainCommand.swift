import ArgumentParser
import Backdrop
import Foundation
import HeaderSandbox
import TextureDataset
import TextureStream

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train the reference Backdrop network, or your own, on a dataset.",
    discussion: """
      The output folder receives the configuration, one line of metrics.jsonl per epoch, the final and best weights in \
      safetensors, the confusion matrix, checkpoints, and with --log-every lines of steps.jsonl. The metrics of a \
      classifier include the accuracy for each scale. The first epoch's line includes the ceiling, the result of the best \
      possible method on the validation samples, if computing it takes only a few seconds.

      An interrupted run leaves a checkpoint; the same command with --resume continues to the same result.

      If gpgen was built with the trait MPI, several processes can train together, each on its share of every batch: \
      `mpirun -n 4 gpgen train data.h5 --out run/ --batch 16`. All processes read the same files; the first one writes the \
      output folder.
      """)

  @Argument(help: "Shard, index, folder of shards, or recipe (.yaml) whose textures are generated on the fly.")
  var data: String

  @OptionGroup(title: "Network") var networkOptions: NetworkOptions
  @OptionGroup(title: "Loss") var lossOptions: LossOptions
  @OptionGroup(title: "Optimization") var learning: LearningOptions
  @OptionGroup(title: "Samples") var samples: SampleOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Option(
    parsing: .unconditional,
    help:
      "Number of threads of each process; the last bits of results depend on it. (default: all cores, or as in the resumed run)",
    transform: OptionRange.threads)
  var threads: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Memory for stored activations, in MiB. Less memory costs some recomputation and changes results by rounding only. (default: \(TrainingDefaults.activationMemoryMiB))",
      valueName: "MiB"), transform: OptionRange.activationMemory)
  var activationMemory = TrainingDefaults.activationMemoryMiB

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  /// The files of a run, and what happens to existing ones.
  struct OutputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Output folder.", valueName: "folder"))
    var out: String

    @Option(
      parsing: .unconditional, help: ArgumentHelp("Time between checkpoints within an epoch.", valueName: "minutes"))
    var checkpointMinutes = TrainingDefaults.checkpointMinutes

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Number of steps per line of steps.jsonl, which has the loss, accuracy and cost of these steps. (default: no lines)",
        valueName: "steps"),
      transform: OptionRange.stepCount)
    var logEvery: Int?

    @Flag(help: "Continue an unfinished run, or start one; --epochs may grow unless --schedule is cosine.")
    var resume = false

    @Flag(help: "Replace an existing run once the new one has started.")
    var force = false

    mutating func validate() throws {
      if resume, force {
        throw ValidationError("--resume keeps an existing run, and --force replaces it; give one of them.")
      }
      try OutputName.checkFolder(out, like: "run/")
      guard checkpointMinutes > 0, checkpointMinutes <= 1e6 else {
        throw ValidationError(
          "--checkpoint-minutes \(checkpointMinutes): expected a number above 0 and at most 1000000.")
      }
    }
  }

  func run() async throws {
    let processes = try TrainingProcesses.join()
    do {
      try await train(processes)
    } catch {
      // On a signal, all processes stop by themselves. Any other error aborts them.
      if !(error is ExitCode) { processes.abort(because: error, of: Self.self) }
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
      makeConfiguration(source, processes), on: source, validatedOn: validationSource, in: output.out,
      softLabels: try readSoftLabels(),
      policy: output.resume ? .resume : output.force ? .replace : .refuse,
      weightsFrom: networkOptions.weightsFrom, checkpointEvery: .seconds(60 * output.checkpointMinutes),
      logEvery: output.logEvery, group: processes.group)
    let notes = try trainer.validationNotes()
    if !quiet { for text in notes { note("Note: \(text).") } }
    StopSignal.listen()
    let report = TrainingReport(quiet: quiet)
    let summary: TrainingSummary
    do {
      summary = try await trainer.run(shouldStop: { StopSignal.isReceived }, report: { report.show($0) })
    } catch {
      report.clear()
      throw explain(error, hasBegun: report.hasBegun, processes)
    }
    report.clear()
    if !quiet { try printResult(text(of: summary, evaluatedOn: dataToEvaluate(source, validationSource))) }
  }

  /// The given soft labels, or those of the resumed run.
  private func readSoftLabels() throws -> SoftLabels? {
    let own =
      output.resume && lossOptions.softLabels == nil ? try RunRecord.inFolder(output.out)?.training.softLabels : nil
    guard let path = lossOptions.softLabels ?? own?.path else { return nil }
    try readInSandbox(.posteriors, [path])
    return try SoftLabels(reading: path)
  }

  private func makeConfiguration(_ source: SampleSource, _ processes: TrainingProcesses) throws -> TrainingConfiguration
  {
    let ownThreads = output.resume && threads == nil ? try RunRecord.inFolder(output.out)?.training.threads : nil
    let size = try source.recipe.trainingSize()
    return TrainingConfiguration(
      network: try networkOptions.makeNetwork(
        size: size.cropped(to: samples.crop),
        outputs: lossOptions.loss.isBinary
          ? 1 : lossOptions.loss.isRegression ? lossOptions.targets.count : source.recipe.classCount),
      loss: lossOptions.loss, positiveClasses: lossOptions.positiveClasses?.classes ?? [], targets: lossOptions.targets,
      batchMask: learning.batchMask,
      optimizer: learning.rule, learningRate: learning.learningRate, weightDecay: learning.weightDecay,
      clip: learning.clip,
      schedule: learning.learningRateSchedule, batchSize: learning.batch, epochs: learning.epochs, seed: learning.seed,
      validationFraction: samples.validationFraction ?? TrainingDefaults.validationFraction,
      splitSeed: samples.splitSeed ?? 0,
      trainCount: samples.trainCount,
      augmentation: samples.augmentation(keeping: source.recipe.field),
      threads: threads ?? ownThreads.map { processes.group == nil ? $0 : min($0, processes.threads) }
        ?? processes.threads,
      activationMemoryMiB: activationMemory)
  }

  /// The data to evaluate this run on: the validation data if it has the same class names, else the training data.
  private func dataToEvaluate(_ source: SampleSource, _ validation: SampleSource?) -> String {
    func names(_ recipe: Recipe) -> [String] { (0..<recipe.classCount).map { recipe.className($0) } }
    guard let validation, let file = samples.validationData, names(validation.recipe) == names(source.recipe) else {
      return data
    }
    return file
  }

  /// - Parameter data: the argument of the suggested `evaluate` command.
  private func text(of summary: TrainingSummary, evaluatedOn data: String) -> String {
    let (folder, epochs) = (summary.folder, summary.record.training.epochs)
    guard !summary.wasFinished, let evaluation = summary.evaluation else {
      return "\(folder): already complete, \(counted(epochs, "epoch")); nothing to do"
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
      lines.append("best      \(summary.bestWeightsFile), epoch \(best), chosen by the \(measure) on held-out samples")
    }
    lines.append("metrics   \(summary.metricsFile)")
    if output.logEvery != nil { lines.append("steps     \(summary.stepsFile)") }
    lines.append("evaluate  gpgen evaluate \(output.out) \(data)")
    return lines.joined(separator: "\n")
  }

  /// The result in short: "accuracy 92.5% (best possible 97.0%) on 80 held-out samples".
  private func result(_ evaluation: Evaluation, _ samples: String) -> String {
    guard case .regression(let report) = evaluation.report else {
      return "accuracy \(percent(evaluation.accuracy ?? 0))"
        + (evaluation.ceiling?.expectedAccuracy.map { " (best possible \(percent($0)))" } ?? "") + " on \(samples)"
    }
    let errors = report.targets.enumerated().map { index, target in
      "RMSE of \(target.name) \(significant(target.rootMeanSquaredError))"
        + (evaluation.ceiling?.targets.map { " (best possible \(significant($0[index].rootMeanSquaredError)))" } ?? "")
    }
    return "\(errors.joined(separator: ", ")) on \(samples)"
  }

  /// Reports how to resume; after a signal, returns its exit status.
  ///
  /// - Parameters:
  ///   - hasBegun: whether the folder has a checkpoint of this run.
  ///   - processes: the first of them reports.
  private func explain(_ error: BackdropError, hasBegun: Bool, _ processes: TrainingProcesses) -> any Error {
    let command = "\n  " + processes.launcher + commandLine(adding: "--resume", removing: "--force")
    switch error.code {
    case .invalidOptions: return ValidationError(error.message)
    case .interrupted:
      let message = error.message.prefix(1).uppercased() + error.message.dropFirst()
      if processes.isFirst { note(hasBegun ? "\(message). Resume with:\(command)" : message) }
      // The signal may have reached another of the processes only.
      return ExitCode(128 + (StopSignal.isReceived ? StopSignal.number : SIGTERM))
    case .fileSystem where hasBegun, .stream where hasBegun:
      return FileProblem(
        description: "\(error.message)\nThe last checkpoint is kept. Once the problem is solved, resume with:\(command)"
      )
    default: return error
    }
  }
}

/// A fraction as a percentage: "97.5%".
func percent(_ fraction: Double) -> String { String(format: "%.1f%%", 100 * fraction) }
