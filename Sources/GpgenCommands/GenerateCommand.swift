import ArgumentParser
import Foundation
import HeaderSandbox
import TextureDataset

extension Colormap: ExpressibleByArgument {}

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Generate a dataset.",
    discussion: """
      Writes labelled textures to one HDF5 file, or to several shards and an index over them. \
      The same recipe gives the same bytes, whatever the number of threads and tasks.

      Unfinished files end in .partial. An interrupted run leaves them behind, and --resume continues it.

      Several tasks can share the shards, each with its own --task-index or with --array; `gpgen index` then creates \
      the index. `gpgen submit slurm` submits both steps as cluster jobs.
      """)

  @OptionGroup(title: "Recipe") var recipeOptions: RecipeOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Tasks") var taskOptions: TaskOptions

  @Option(parsing: .unconditional, help: "Number of threads. (default: all cores)", transform: OptionRange.threads)
  var threads: Int?

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  /// The files of a dataset, and what happens to existing ones.
  struct OutputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Output file; with several shards, the index over them.", valueName: "file"))
    var out: String

    @Option(
      parsing: .unconditional,
      help: "Number of files to divide the samples among. (default: 1, or the number of tasks)",
      transform: OptionRange.shards)
    var shards: Int?

    @Option(
      help: ArgumentHelp("Also write PNGs: one of each class and a contact sheet of all classes.", valueName: "folder"))
    var previews: String?

    @Option(help: "Colormap of the previews.")
    var colormap: Colormap = .inferno

    @Flag(help: "Print what would be made without making it; exit with an error if the run would be refused.")
    var dryRun = false

    @Flag(
      help: "Continue an unfinished run, or extend a finished dataset to more --samples; start one if there is none.")
    var resume = false

    @Flag(help: "Replace existing files once the new ones are complete.")
    var force = false

    @Flag(help: "Resume even if this machine rounds differently from the one that started the run.")
    var allowRounding = false

    mutating func validate() throws {
      if resume, force {
        throw ValidationError("--resume keeps existing files, and --force replaces them; give one of them.")
      }
      try OutputName.checkFile(out, like: "data.h5")
      if let previews { try OutputName.checkFolder(previews, of: "--previews", like: "previews/") }
      if out.hasSuffix(".partial") {
        throw ValidationError(
          "--out \(out): the ending .partial is reserved for unfinished files; choose another name.")
      }
      if previews == out { throw ValidationError("--previews and --out are both \(out); give them different names.") }
    }
  }

  mutating func validate() throws {
    if let count = taskOptions.taskCount, count > 1 { try refusePreviews() }
  }

  /// Refuses previews of one task's samples.
  private func refusePreviews() throws(ValidationError) {
    guard output.previews != nil else { return }
    throw ValidationError(
      "--previews needs samples of every class, and a task makes only some samples; run `gpgen preview` after `gpgen index`."
    )
  }

  func run() throws {
    let task = try taskOptions.task()
    if let task, task.count > 1 { try refusePreviews() }
    let recipe = try recipeOptions.makeRecipe()
    let generator: DatasetGenerator
    do {
      generator = try makeGenerator(recipe, task)
    } catch {
      throw ValidationError(error.message)
    }
    if !quiet {
      if let source = task?.source { note("This is \(source)") }
      for warning in recipe.warnings { note("Warning: \(warning)") }
    }
    try readInSandbox(.headers, generator.filesToRead)
    // An unusable folder is reported before hours of work.
    let pictures = try output.previews.map { folder in
      try DatasetPreviews(
        folder: folder, recipe: recipe, colormap: output.colormap, replace: output.resume || output.force)
    }
    if output.dryRun {
      try printResult(DryRun(generator: generator).text)
      if let refusal = generator.refusal { throw refusal }
      return
    }
    StopSignal.listen()
    do {
      try generate(generator, pictures)
    } catch let error as DatasetError {
      try explain(error, generator, task)
    }
  }

  private func makeGenerator(_ recipe: Recipe, _ task: TaskOptions.Task?) throws(DatasetError) -> DatasetGenerator {
    let part = task.flatMap { $0.count > 1 ? DatasetGenerator.ArrayTask(index: $0.index, count: $0.count) : nil }
    return try DatasetGenerator(
      recipe: recipe, names: OutputNames(path: output.out, shardCount: output.shards ?? task?.count ?? 1), task: part,
      policy: output.resume ? .resume : output.force ? .replace : .refuse, threads: threads ?? availableCores(),
      allowRounding: output.allowRounding)
  }

  private func generate(_ generator: DatasetGenerator, _ pictures: DatasetPreviews?) throws {
    let start = ContinuousClock.now
    let line = ProgressLine(quiet: quiet)
    defer { line.clear() }
    let summary = try generator.run(shouldContinue: { !StopSignal.isReceived }, report: { line.show($0) })
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    line.clear()
    if !quiet {
      for text in summary.notes { note("Note: \(text)") }
      try printResult(Self.text(of: summary, generator, seconds: seconds))
    }
    if let pictures, let previews = output.previews {
      let files = try pictures.write(DatasetReader(output.out), shouldContinue: { !StopSignal.isReceived })
      if !quiet { try printResult(previewSummary(files, folder: previews)) }
    }
  }

  private static func text(
    of summary: DatasetGenerator.Summary, _ generator: DatasetGenerator, seconds: Double
  ) -> String {
    let (recipe, progress) = (generator.recipe, summary.progress)
    let names = generator.names
    var file = names.path
    if generator.task != nil {
      let (first, last) = (names.shard(generator.shards.lowerBound), names.shard(generator.shards.upperBound - 1))
      file = first == last ? first : "\(first) to \(last)"
    }
    if summary.wasFinished {
      return "\(file): already complete, \(counted(progress.total, "sample")); nothing to do"
    }
    var text = "\(file): \(counted(progress.total, "sample")) of \(recipe.field.shape), "
    text += counted(recipe.classCount, "class")
    if names.shardCount > 1 {
      text += ", in \(counted(generator.shards.count, "shard"))"
    }
    let reused = [(progress.kept, "kept"), (progress.copied, "copied")].filter { $0.0 > 0 }
    if !reused.isEmpty { text += " (\(reused.map { "\($0) \($1)" }.joined(separator: ", ")))" }
    text += String(
      format: "; %@ in %.2f s (%.0f samples/s, %.2f GB/s)", byteText(progress.bytes), seconds,
      Double(progress.made) / seconds, Double(progress.bytes) / seconds / 1e9)
    if let task = generator.task {
      text +=
        "\nTask \(task.index) of \(task.count) is complete. After all tasks: gpgen index "
        + "\(shellWord(generator.names.path)) --task-count \(task.count)"
    }
    return text
  }

  /// Reports how to resume; after a signal, exits with its status.
  private func explain(_ error: DatasetError, _ generator: DatasetGenerator, _ task: TaskOptions.Task?) throws {
    let partials = generator.files.map { OutputNames.partial($0) }
      .filter { FileManager.default.fileExists(atPath: $0) }
    let canResume = !partials.isEmpty && [.interrupted, .diskFull, .fileSystem, .hdf5].contains(error.code)
    let command = "\n  " + commandLine(adding: "--resume", removing: "--force", task: task)
    if error.code == .interrupted {
      note(
        partials.isEmpty
          ? "Stopped; there are no unfinished files."
          : "Stopped; finished samples are kept in \(partials[0])\(partials.count > 1 ? " and \(partials.count - 1) more" : ""). Resume with:\(command)"
      )
      throw ExitCode(128 + StopSignal.number)
    }
    guard canResume else { throw error }
    throw FileProblem(
      description: "\(error.message)\nFinished samples are kept. Once the problem is solved, resume with:\(command)")
  }
}
