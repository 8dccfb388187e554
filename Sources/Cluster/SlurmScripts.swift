import TextureDataset

/// The scripts of two Slurm jobs: an array whose tasks share some work, and a job that runs after all of them have succeeded.
///
/// The scripts contain everything that decides the result, and Slurm copies them when they are submitted, so a requeued task
/// does the same again. Every path is absolute.
public struct SlurmScripts: Sendable {
  /// A program with its arguments and its standard input.
  public struct Command: Sendable {
    let words: [String]
    let input: String?

    /// - Parameters:
    ///   - words: the program and its arguments.
    ///   - input: lines for its standard input.
    public init(_ words: [String], input: String? = nil) {
      self.words = words
      self.input = input
    }

    /// The command replaces the shell, so that Slurm's signals reach it.
    fileprivate var text: String {
      let line = "exec " + words.map(shellWord).joined(separator: " ")
      guard let input else { return line + "\n" }
      var mark = "INPUT"
      while input.split(separator: "\n").contains(where: { $0 == mark }) { mark += "_" }
      return "\(line) <<'\(mark)'\n\(input)\(input.hasSuffix("\n") ? "" : "\n")\(mark)\n"
    }
  }

  /// The array's script.
  public let array: String
  /// The script of the job that follows it.
  public let last: String

  /// - Parameters:
  ///   - name: name of both jobs.
  ///   - work: one line that describes the array.
  ///   - tasks: number of tasks of the array.
  ///   - task: the command of each task.
  ///   - lastWork: one line that describes the last job.
  ///   - lastTask: its command.
  ///   - lastTakesAll: whether it needs the processors and the memory of a task.
  ///   - folder: absolute path of the logs' folder.
  ///   - options: options of sbatch.
  /// - Throws: ``ClusterError`` with code `.invalidJob` if a script cannot contain a name or an option.
  public init(
    name: String, work: String, tasks: Int, task: Command, lastWork: String, lastTask: Command, lastTakesAll: Bool,
    logsIn folder: String, options: SlurmOptions = SlurmOptions()
  ) throws(ClusterError) {
    try options.check()
    let limit = options.simultaneousTasks.map { "%\($0)" } ?? ""
    let both = [options.partition.map { "--partition=\($0)" }, options.time.map { "--time=\($0)" }]
    let size = [options.cpus.map { "--cpus-per-task=\($0)" }, options.memory.map { "--mem=\($0)" }]
    // A per cent sign in a log's name starts a pattern. A requeued task appends to its log.
    let logs = folder.replacing("%", with: "%%")
    array = try Self.script(
      work,
      [
        "--job-name=\(name)", "--array=0-\(tasks - 1)\(limit)", "--ntasks=1", "--requeue",
        "--output=\(logs)/array-%A_%a.log", "--open-mode=append",
      ] + (both + size).compactMap { $0 } + options.more, task)
    last = try Self.script(
      lastWork,
      ["--job-name=\(name)", "--ntasks=1", "--output=\(logs)/last-%j.log"]
        + (both + (lastTakesAll ? size : [])).compactMap { $0 } + options.more, lastTask)
  }

  private static func script(
    _ work: String, _ options: [String], _ command: Command
  ) throws(ClusterError) -> String {
    var lines = ["#!/bin/sh", "# " + (try refusingControls(work))]
    for option in options { lines.append("#SBATCH " + (try directive(option))) }
    for word in command.words { _ = try refusingControls(word) }
    return lines.joined(separator: "\n") + "\n" + command.text
  }

  /// An option in a `#SBATCH` line. Outside quotes, sbatch splits the line at spaces, even escaped ones, and ends it at a number
  /// sign; inside quotes a backslash escapes the next character.
  static func directive(_ option: String) throws(ClusterError) -> String {
    let text = try refusingControls(option)
    return shellWord(text) == text ? text : "\"\(text.replacing("\"", with: "\\\""))\""
  }

  /// Refuses line breaks and other control characters, and backslashes, which turn off patterns in a log's name.
  private static func refusingControls(_ text: String) throws(ClusterError) -> String {
    guard let bad = text.unicodeScalars.first(where: { $0.value < 0x20 || $0.value == 0x7F || $0 == "\\" }) else {
      return text
    }
    let name = bad == "\\" ? "a backslash" : bad == "\n" ? "a line break" : "a control character"
    throw ClusterError(
      .invalidJob, "\(text.debugDescription): contains \(name), which a Slurm script cannot hold; choose another name")
  }
}
