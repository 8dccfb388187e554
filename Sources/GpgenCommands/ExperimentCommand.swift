import ArgumentParser
import Experiments
import Foundation
import TextureDataset

struct ExperimentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Train a grid of methods, training-set sizes and seeds, and tabulate the results.",
    discussion: """
      The experiment file lists datasets, methods and seeds, as described by schemas/experiment.schema.json. Each cell of \
      the grid is an ordinary run of `gpgen train` in its own folder, tested on textures that no training sees. Run the \
      same command again to resume: finished cells are not repeated, and unfinished ones continue from their checkpoints.

      The output folder receives results.csv (one row per run), summary.csv and summary.md (means with 95% intervals, \
      differences from the baseline over the same seeds, and the best possible values). They contain no times, so that \
      equal results have equal bytes.

      Several tasks can share the cells, each with its own --task-index or with --array; a run without these options then \
      writes the tables. `gpgen submit slurm` submits both steps as cluster jobs.

      EXAMPLES:
        gpgen experiment two-scale.yaml --out results/
        gpgen experiment two-scale.yaml --out results/ --task-index 0 --task-count 8
      """)

  @Argument(help: "Experiment file (.yaml).")
  var file: String

  @Option(help: ArgumentHelp("Output folder.", valueName: "folder"))
  var out: String?

  @Option(
    parsing: .unconditional, help: "Number of simultaneous training runs. (default: as many as the cores allow)",
    transform: OptionRange.threads)
  var jobs: Int?

  @OptionGroup(title: "Tasks") var taskOptions: TaskOptions

  @Flag(help: "Run the small version of the experiment, described by `quick` in its file.")
  var quick = false

  @Flag(help: "Print what would be trained without training it.")
  var dryRun = false

  @Flag(help: "Measure the cost of a training step of each method, and print YAML for the key `costs`.")
  var measureCosts = false

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  mutating func validate() throws {
    if let out { try OutputName.checkFolder(out, like: "results/") }
    if out == nil, !dryRun, !measureCosts { throw ValidationError("Missing expected argument '--out <folder>'") }
  }

  func run() async throws {
    let name = URL(filePath: file).deletingPathExtension().lastPathComponent
    let experiment = try Experiment(
      yaml: try RecipeOptions.read(file, what: "experiment"), file: file, name: name, isQuick: quick)
    if measureCosts { return try await measure(experiment) }
    let task = try taskOptions.task()
    if !quiet, let source = task?.source { note("This is \(source)") }
    let runner = ExperimentRunner(
      experiment, in: out ?? "", jobs: jobs ?? max(1, availableCores() / experiment.threads), task: task?.index ?? 0,
      taskCount: task?.count ?? 1)
    if dryRun { return try printResult(text(of: runner, experiment)) }
    StopSignal.listen()
    let report = ExperimentReport(experiment, quiet: quiet)
    do {
      try await runner.run(shouldStop: { StopSignal.isReceived }, report: { report.show($0) })
    } catch {
      report.clear()
      guard error.code == .interrupted else { throw error }
      note("Stopped. Run the same command to resume.")
      throw ExitCode(128 + StopSignal.number)
    }
    report.clear()
    guard !quiet else { return }
    let path = out ?? ""
    try printResult(
      (task?.count ?? 1) > 1
        ? "\(path): the cells of this task are complete; run the command without --array, --task-index and --task-count to write the tables"
        : "summary   \(path)/summary.md\ntable     \(path)/summary.csv\nruns      \(path)/results.csv")
  }

  private func measure(_ experiment: Experiment) async throws {
    StopSignal.listen()
    let line = ProgressLine(quiet: quiet)
    defer { line.clear() }
    let costs: [(method: String, cost: Double)]
    do {
      costs = try await CostMeasurement(experiment).run(
        shouldStop: { StopSignal.isReceived },
        report: { done, all in line.show { _ in "\(done) of \(counted(all, "short training run"))" } })
    } catch {
      line.clear()
      guard error.code == .interrupted else { throw error }
      throw ExitCode(128 + StopSignal.number)
    }
    line.clear()
    try printResult(
      "costs:\n" + costs.map { "  \($0.method): \(String(format: "%.3f", $0.cost))" }.joined(separator: "\n"))
  }

  private func text(of runner: ExperimentRunner, _ experiment: Experiment) -> String {
    let (trials, cells) = runner.plan
    var lines = [
      "experiment  \(experiment.name): \(experiment.title)",
      "cells       \(cells.count), and \(trials.count) to choose learning rates",
      "steps       \((trials + cells).map { experiment.trainedSteps(of: $0) }.reduce(0, +)) in total",
      "datasets    \(experiment.datasets.map(\.name).joined(separator: ", "))",
      "samples     \(experiment.trainingSamples.map(String.init).joined(separator: ", ")), tested on \(experiment.testSamples)",
      "networks    \(experiment.networks.joined(separator: ", "))",
      "methods     \(experiment.methods.joined(separator: ", "))",
      "seeds       \(experiment.seeds.map(String.init).joined(separator: ", "))",
    ]
    if !experiment.learningRates.isEmpty {
      lines.append("rates       \(experiment.learningRates.map { significant($0) }.joined(separator: ", "))")
    }
    return lines.joined(separator: "\n")
  }
}
