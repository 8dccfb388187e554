import ArgumentParser
import Foundation
import HeaderSandbox
import TextureDataset

extension Colormap: ExpressibleByArgument {}

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Make a dataset (the default command).",
    discussion: """
      Writes labelled textures to an HDF5 file, or to several shards and an index over them. \
      The same recipe gives the same bytes, for any number of threads and tasks.

      While it is being made a file has .partial behind its name; what stops the run leaves that, \
      and --resume goes on with it.

      Several tasks share the shards, each with its --task-index or --array; then `gpgen index` makes the index. \
      `gpgen submit slurm` submits all of it.
      """)

  @OptionGroup(title: "What is made") var recipeOptions: RecipeOptions

  @Option(help: ArgumentHelp("The file to make; with several shards, the index over them.", valueName: "file"))
  var out: String

  @Option(
    parsing: .unconditional,
    help: "Number of files that the samples are divided among. (default: 1, or the number of tasks)",
    transform: OptionRange.shards)
  var shards: Int?

  @OptionGroup(title: "One of several tasks")
  var taskOptions: TaskOptions

  @Option(help: ArgumentHelp("Also make PNGs, one for each class and one of all classes.", valueName: "folder"))
  var previews: String?

  @Option(help: "Colours of the previews.")
  var colormap: Colormap = .inferno

  @Option(
    parsing: .unconditional, help: "Threads that make textures. (default: all cores)", transform: OptionRange.threads)
  var threads: Int?

  @Flag(help: "Print what would be made, and make nothing. The exit status is not 0 where the run would be refused.")
  var dryRun = false

  @Flag(
    help:
      "Go on with what is unfinished, or let a finished dataset grow to more --samples; make it if nothing is there.")
  var resume = false

  @Flag(help: "Replace existing files once the new ones are finished.")
  var force = false

  @Flag(help: "Resume even if this machine rounds differently from the one that started.")
  var allowRounding = false

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  mutating func validate() throws {
    if resume, force { throw ValidationError("--resume keeps what is there, --force does not; give one of them.") }
    try OutputName.checkFile(out, like: "data.h5")
    if let previews { try OutputName.checkFolder(previews, of: "--previews", like: "previews/") }
    if out.hasSuffix(".partial") {
      throw ValidationError("--out \(out): .partial is the ending of unfinished files; choose another name.")
    }
    if previews == out { throw ValidationError("--previews and --out are both \(out); give them different names.") }
    if let count = taskOptions.taskCount, count > 1 { try refusePreviews() }
  }

  /// Refuses pictures of a task's samples.
  private func refusePreviews() throws(ValidationError) {
    guard previews != nil else { return }
    throw ValidationError(
      "--previews needs all classes, and a task has part of the samples; run `gpgen preview` once the index is made.")
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
    // A folder that cannot take the pictures is reported before hours of work.
    let pictures = try previews.map { folder in
      try DatasetPreviews(
        folder: folder, recipe: recipe, colormap: colormap, replace: resume || force)
    }
    if dryRun {
      try printResult(DryRun(generator: generator).text)
      if let refusal = generator.refusal { throw refusal }
      return
    }
    StopSignal.listen()
    do {
      try generate(generator, pictures)
    } catch let error as DatasetError {
      try explain(error, generator)
    }
  }

  private func makeGenerator(_ recipe: Recipe, _ task: TaskOptions.Task?) throws(DatasetError) -> DatasetGenerator {
    let part = task.flatMap { $0.count > 1 ? DatasetGenerator.ArrayTask(index: $0.index, count: $0.count) : nil }
    return try DatasetGenerator(
      recipe: recipe, names: OutputNames(path: out, shardCount: shards ?? task?.count ?? 1), task: part,
      policy: resume ? .resume : force ? .replace : .refuse, threads: threads ?? availableCores(),
      allowRounding: allowRounding)
  }

  private func generate(_ generator: DatasetGenerator, _ pictures: DatasetPreviews?) throws {
    let start = ContinuousClock.now
    let line = ProgressLine(quiet: quiet)
    defer { line.clear() }
    let summary = try generator.run(shouldContinue: { StopSignal.isQuiet }, report: { line.show($0) })
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    line.clear()
    if !quiet {
      for text in summary.notes { note("Note: \(text)") }
      try printResult(Self.text(of: summary, generator, seconds: seconds))
    }
    if let pictures, let previews {
      let files = try pictures.write(DatasetReader(out), shouldContinue: { StopSignal.isQuiet })
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
      return "\(file): is finished already, \(counted(progress.total, "sample")); nothing to do"
    }
    var text = "\(file): \(counted(progress.total, "sample")) of \(recipe.field.shape), "
    text += counted(recipe.classCount, "class")
    if names.shardCount > 1 {
      text += ", in \(counted(generator.shards.count, "shard"))"
    }
    if progress.kept > 0 { text += ", of which \(progress.kept) were there" }
    if progress.copied > 0 {
      text += progress.kept > 0 ? " and" : ", of which"
      text += " \(progress.copied) \(progress.copied == 1 ? "was" : "were") copied"
    }
    text += String(
      format: "; %@ in %.2f s (%.0f samples/s, %.2f GB/s)", byteText(progress.bytes), seconds,
      Double(progress.made) / seconds, Double(progress.bytes) / seconds / 1e9)
    if let task = generator.task {
      text += "\nTask \(task.index) of \(task.count) is done; when all are: gpgen index \(generator.names.path)"
    }
    return text
  }

  /// Says how to go on, and ends with the signal's status where a signal ended the work.
  private func explain(_ error: DatasetError, _ generator: DatasetGenerator) throws {
    let partials = generator.files.map { OutputNames.partial($0) }
      .filter { FileManager.default.fileExists(atPath: $0) }
    let canResume = !partials.isEmpty && [.interrupted, .diskFull, .fileSystem, .hdf5].contains(error.code)
    let command = "\n  " + commandLine(adding: "--resume", removing: "--force")
    if error.code == .interrupted {
      note(
        partials.isEmpty
          ? "Stopped; no file is unfinished."
          : "Stopped; what is finished is kept in \(partials[0])\(partials.count > 1 ? " and \(partials.count - 1) more" : ""). Go on with:\(command)"
      )
      throw ExitCode(128 + StopSignal.number)
    }
    guard canResume else { throw error }
    throw FileProblem(
      description: "\(error.message)\nWhat is finished is kept. To continue once the problem is solved:\(command)")
  }
}
