import ArgumentParser
import Cluster
import Experiments
import Foundation
import TextureDataset

struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Submit the making of a dataset, or an experiment, to a cluster.",
    subcommands: [SubmitSlurmCommand.self])
}

struct SubmitSlurmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slurm",
    abstract: "Submit a Slurm array, and the job that puts its parts together.",
    discussion: """
      Of a recipe, the tasks of the array share the shards, and the job that follows makes the index. Of an experiment they \
      share the cells, and the job that follows writes the tables.

      Scripts and logs go to a folder beside the output, data.h5.slurm/ or results/slurm/. A recipe is copied into the \
      script; an experiment's file is read when a task begins. The same command again makes what is missing.

      EXAMPLES:
        gpgen submit slurm recipe.yaml --shards 1000 --tasks 200 --out data.h5
        gpgen submit slurm recipe.yaml --tasks 9 --out data.h5 --dry-run
        gpgen submit slurm two-scale.yaml --tasks 16 --out results/ --cpus 2
        gpgen submit slurm recipe.yaml --tasks 9 --out d.h5 --sbatch=-Aphysics
      """)

  @Argument(help: "A recipe or an experiment (.yaml).")
  var file: String

  @Option(help: ArgumentHelp("The dataset's file, or the folder of the results.", valueName: "path"))
  var out: String

  @Option(parsing: .unconditional, help: "Number of tasks of the array.", transform: OptionRange.tasks)
  var tasks: Int

  @Option(
    parsing: .unconditional, help: "Number of files that the samples are divided among. (default: --tasks)",
    transform: OptionRange.shards)
  var shards: Int?

  @Flag(help: "Take the small version of an experiment.")
  var quick = false

  @Option(help: ArgumentHelp("The partition of both jobs.", valueName: "name"))
  var partition: String?

  @Option(help: ArgumentHelp("Time limit of each task, as sbatch takes it.", valueName: "time"))
  var time: String?

  @Option(parsing: .unconditional, help: "Processors, and threads, of each task.", transform: OptionRange.threads)
  var cpus: Int?

  @Option(help: ArgumentHelp("Memory of each task, as sbatch takes it: 2G.", valueName: "size"))
  var memory: String?

  @Option(
    parsing: .unconditional, help: "Number of tasks that run at a time. (default: as many as Slurm allows)",
    transform: OptionRange.tasks)
  var atOnce: Int?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "One more option of sbatch, for both jobs, as in --sbatch=--account=physics; any number of times.",
      valueName: "option"))
  var sbatch: [String] = []

  @Option(help: ArgumentHelp("The gpgen program on the nodes. (default: this one)", valueName: "path"))
  var program: String?

  @Flag(help: "Print both scripts, and submit nothing.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  func run() throws {
    let text = try RecipeOptions.read(file, what: "recipe or experiment")
    let submission = Experiment.isDescribed(by: text) ? try experiment(text) : try dataset()
    if dryRun { return try printResult(submission.text) }
    let jobs = try submission.run()
    guard !quiet else { return }
    try printResult(
      "job \(jobs.array)   \(counted(tasks, "task"))\njob \(jobs.last)   follows when all have succeeded\n"
        + "scripts and logs   \(submission.folder)/")
  }

  // MARK: - What is submitted

  private func dataset() throws -> SlurmSubmission {
    try OutputName.checkFile(out, like: "data.h5")
    guard !quick else { throw ValidationError("--quick is for experiments, and \(file) is a recipe.") }
    guard file != "-" else { throw ValidationError("Give the recipe as a file; standard input is for the tasks.") }
    let recipe = try RecipeOptions.yamlRecipe(file)
    let count = shards ?? tasks
    do { _ = try ShardDivision(samples: recipe.samples, shardCount: count, taskCount: tasks) } catch {
      throw ValidationError(error.message)
    }
    let path = Self.absolute(out)
    let own = [
      "generate", "--recipe", "-", "--out", path, "--shards", "\(count)", "--array", "--task-count", "\(tasks)",
      "--resume",
    ]
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return try submission(
      name: name, folder: path + ".slurm",
      work: "Makes \(name), \(counted(recipe.samples, "sample")) in \(counted(count, "shard")): "
        + "\(counted(tasks, "task")).",
      task: SlurmScripts.Command(
        [thisProgram] + own + (cpus.map { ["--threads", "\($0)"] } ?? []), input: recipe.yaml),
      lastWork: "Makes the index \(name), or names the tasks that owe shards.",
      lastTask: SlurmScripts.Command([thisProgram, "index", path, "--task-count", "\(tasks)"]), lastTakesAll: false)
  }

  private func experiment(_ text: String) throws -> SlurmSubmission {
    try OutputName.checkFolder(out, like: "results/")
    guard shards == nil else { throw ValidationError("--shards is for datasets, and \(file) is an experiment.") }
    let name = URL(filePath: file).deletingPathExtension().lastPathComponent
    let experiment = try Experiment(yaml: text, file: file, name: name, isQuick: quick)
    guard tasks <= experiment.partCount else {
      throw ValidationError(
        "\(tasks) tasks for \(counted(experiment.partCount, "part")) of the experiment: expected at most one for each "
          + "dataset, network and method.")
    }
    let path = Self.absolute(out.hasSuffix("/") ? String(out.dropLast()) : out)
    let jobs = cpus.map { ["--jobs", "\(max(1, $0 / experiment.threads))"] } ?? []
    let own = ["experiment", Self.absolute(file), "--out", path] + (quick ? ["--quick"] : []) + jobs
    return try submission(
      name: name, folder: path + "/slurm",
      work: "Trains the cells of the experiment \(name): \(counted(tasks, "task")).",
      task: SlurmScripts.Command([thisProgram] + own + ["--array", "--task-count", "\(tasks)"]),
      lastWork: "Writes the tables of the experiment \(name).",
      lastTask: SlurmScripts.Command([thisProgram] + own), lastTakesAll: true)
  }

  private func submission(
    name: String, folder: String, work: String, task: SlurmScripts.Command, lastWork: String,
    lastTask: SlurmScripts.Command, lastTakesAll: Bool
  ) throws -> SlurmSubmission {
    let options = SlurmOptions(
      partition: partition, time: time, cpus: cpus, memory: memory, simultaneousTasks: atOnce, more: sbatch)
    do {
      return SlurmSubmission(
        try SlurmScripts(
          name: name, work: work, tasks: tasks, task: task, lastWork: lastWork, lastTask: lastTask,
          lastTakesAll: lastTakesAll, logsIn: folder, options: options), inFolder: folder)
    } catch {
      throw ValidationError(error.message)
    }
  }

  // MARK: - Paths

  /// The program on the nodes.
  private var thisProgram: String { program ?? Bundle.main.executablePath ?? "gpgen" }

  /// A job may begin in another folder.
  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }
}
