import ArgumentParser
import Cluster
import Experiments
import Foundation
import HeaderSandbox
import TextureDataset

struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Submit dataset generation or an experiment to a cluster.",
    subcommands: [SubmitSlurmCommand.self])
}

struct SubmitSlurmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slurm",
    abstract: "Submit a Slurm array and a final job that combines its parts.",
    discussion: """
      For a recipe, the tasks of the array share the shards, and the final job creates the index. For an experiment, they \
      share the cells, and the final job writes the tables.

      Scripts and logs go to data.h5.slurm/ beside a dataset, or to results/slurm/ in an experiment's output folder. The \
      script contains a copy of the recipe; an experiment file is read when a task starts. Run the same command again to \
      make what is missing.

      EXAMPLES:
        gpgen submit slurm recipe.yaml --shards 1000 --tasks 200 --out data.h5
        gpgen submit slurm recipe.yaml --tasks 9 --out data.h5 --dry-run
        gpgen submit slurm two-scale.yaml --tasks 16 --out results/ --cpus 2
        gpgen submit slurm recipe.yaml --tasks 9 --out d.h5 --sbatch=-Aphysics
      """)

  @Argument(help: "Recipe or experiment (.yaml).")
  var file: String

  @Option(help: ArgumentHelp("Output file of a recipe, or output folder of an experiment.", valueName: "path"))
  var out: String

  @Option(parsing: .unconditional, help: "Number of tasks in the array.", transform: OptionRange.tasks)
  var tasks: Int

  @Option(
    parsing: .unconditional, help: "Number of files to divide the samples among. (default: --tasks)",
    transform: OptionRange.shards)
  var shards: Int?

  @Flag(help: "Run the small version of the experiment.")
  var quick = false

  @Option(help: ArgumentHelp("Partition of both jobs.", valueName: "name"))
  var partition: String?

  @Option(help: ArgumentHelp("Time limit of each task, in the format of sbatch.", valueName: "time"))
  var time: String?

  @Option(
    parsing: .unconditional, help: "Number of CPUs and threads of each task.", transform: OptionRange.threads)
  var cpus: Int?

  @Option(help: ArgumentHelp("Memory of each task, in the format of sbatch, as in 2G.", valueName: "size"))
  var memory: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Maximum number of simultaneous tasks. (default: as many as Slurm allows)", valueName: "tasks"),
    transform: OptionRange.tasks)
  var atOnce: Int?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Additional sbatch option for both jobs, as in --sbatch=--account=physics; may be repeated.",
      valueName: "option"))
  var sbatch: [String] = []

  @Flag(help: "Resume a dataset even if a node rounds differently from the one that started it.")
  var allowRounding = false

  @Option(help: ArgumentHelp("Path of gpgen on the nodes. (default: this program)", valueName: "path"))
  var program: String?

  @Flag(help: "Print both scripts without submitting them.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  func run() throws {
    guard file != "-" else { throw ValidationError("Give the recipe or experiment as a file.") }
    let text = try RecipeOptions.read(file, what: "recipe or experiment")
    guard let submission = Experiment.isDescribed(by: text) ? try experiment(text) : try dataset() else {
      if !quiet { try printResult("\(out): already complete; nothing to submit") }
      return
    }
    if dryRun { return try printResult(submission.text) }
    let jobs = try submission.run()
    guard !quiet else { return }
    try printResult(
      "job \(jobs.array)   \(counted(tasks, "task"))\njob \(jobs.last)   starts when all have succeeded\n"
        + "scripts and logs   \(submission.folder)/")
  }

  // MARK: - Submissions

  /// - Returns: nil if the dataset is finished.
  private func dataset() throws -> SlurmSubmission? {
    try OutputName.checkFile(out, like: "data.h5")
    guard !quick else { throw ValidationError("--quick applies to experiments only; \(file) is a recipe.") }
    let recipe = try RecipeOptions.yamlRecipe(file)
    let count = shards ?? tasks
    let path = Self.absolute(out)
    let whole: DatasetGenerator
    do {
      _ = try ShardDivision(samples: recipe.samples, shardCount: count, taskCount: tasks)
      whole = try DatasetGenerator(
        recipe: recipe, names: OutputNames(path: path, shardCount: count), policy: .resume, threads: 1)
    } catch {
      throw ValidationError(error.message)
    }
    // Existing files that every task would refuse are found here, and not in the queue.
    try readInSandbox(.headers, whole.filesToRead)
    let finished = try whole.finishedTasks(of: tasks)
    if finished == tasks, FileManager.default.fileExists(atPath: path) { return nil }
    let own =
      [
        "generate", "--recipe", "-", "--out", path, "--shards", "\(count)", "--array", "--task-count", "\(tasks)",
        "--resume",
      ] + (allowRounding ? ["--allow-rounding"] : [])
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return try submission(
      name: name, folder: path + ".slurm",
      work: "Generates \(name), \(counted(recipe.samples, "sample")) in \(counted(count, "shard")): "
        + "\(counted(tasks, "task")).",
      task: SlurmScripts.Command(
        [thisProgram] + own + (cpus.map { ["--threads", "\($0)"] } ?? []), input: recipe.yaml),
      lastWork: "Creates the index \(name), or names the tasks whose shards are missing.",
      lastTask: SlurmScripts.Command([thisProgram, "index", path, "--task-count", "\(tasks)"]), lastTakesAll: false)
  }

  private func experiment(_ text: String) throws -> SlurmSubmission {
    try OutputName.checkFolder(out, like: "results/")
    guard shards == nil else { throw ValidationError("--shards applies to recipes only; \(file) is an experiment.") }
    guard !allowRounding else {
      throw ValidationError("--allow-rounding applies to recipes only; \(file) is an experiment.")
    }
    let name = URL(filePath: file).deletingPathExtension().lastPathComponent
    let experiment = try Experiment(yaml: text, file: file, name: name, isQuick: quick)
    guard tasks <= experiment.partCount else {
      throw ValidationError(
        "\(tasks) tasks for \(counted(experiment.partCount, "part")) of the experiment: expected at most one for each "
          + "dataset, network and method.")
    }
    if let cpus, cpus < experiment.threads {
      throw ValidationError(
        "--cpus \(cpus): the experiment trains each cell with \(counted(experiment.threads, "thread")); expected at least as many."
      )
    }
    let path = Self.absolute(out.hasSuffix("/") ? String(out.dropLast()) : out)
    let jobs = cpus.map { ["--jobs", "\($0 / experiment.threads)"] } ?? []
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

  /// The path of the program on the nodes.
  private var thisProgram: String {
    // A name without a slash is found along the nodes' PATH.
    guard let program else { return Bundle.main.executablePath ?? "gpgen" }
    return program.contains("/") ? Self.absolute(program) : program
  }

  /// Jobs may start in another folder.
  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }
}
