import TextureDataset

/// The scripts of two Slurm jobs: an array whose tasks share some work, and one that runs once all of them have succeeded.
///
/// Everything that decides the result stands in the scripts, which Slurm copies when they are submitted: a task that is put
/// back into the queue does the same again. Every path is absolute.
public struct SlurmScripts: Sendable {
  /// A program with its arguments, and what it reads from standard input.
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

    /// The command in place of the shell, so that Slurm's signals reach it.
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
  ///   - name: of the jobs.
  ///   - work: what the array does, in a line.
  ///   - tasks: how many tasks the array has.
  ///   - task: what each of them runs.
  ///   - lastWork: what the last job does, in a line.
  ///   - lastTask: what it runs.
  ///   - lastTakesAll: whether it needs the processors and the memory of a task.
  ///   - folder: of the logs, an absolute path.
  /// - Throws: ``ClusterError`` with code `.invalidJob` where a name or an option cannot stand in a script.
  public init(
    name: String, work: String, tasks: Int, task: Command, lastWork: String, lastTask: Command, lastTakesAll: Bool,
    logsIn folder: String, options: SlurmOptions = SlurmOptions()
  ) throws(ClusterError) {
    try options.check()
    let limit = options.simultaneousTasks.map { "%\($0)" } ?? ""
    let both = [options.partition.map { "--partition=\($0)" }, options.time.map { "--time=\($0)" }]
    let size = [options.cpus.map { "--cpus-per-task=\($0)" }, options.memory.map { "--mem=\($0)" }]
    // In a name of a log a per cent sign begins a pattern. A task that is put back into the queue goes on with its log.
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

  /// An option as a `#SBATCH` line takes it: sbatch splits the line at spaces, with a backslash before them too, and ends it at
  /// a number sign, unless they stand in quotes; a backslash there makes the next character a plain one.
  static func directive(_ option: String) throws(ClusterError) -> String {
    let text = try refusingControls(option)
    return shellWord(text) == text ? text : "\"\(text.replacing("\"", with: "\\\""))\""
  }

  /// Refuses line breaks, which end a line of a script, and their like; and backslashes, with which Slurm reads no pattern
  /// in the name of a log.
  private static func refusingControls(_ text: String) throws(ClusterError) -> String {
    guard let bad = text.unicodeScalars.first(where: { $0.value < 0x20 || $0.value == 0x7F || $0 == "\\" }) else {
      return text
    }
    let name = bad == "\\" ? "a backslash" : bad == "\n" ? "a line break" : "a control character"
    throw ClusterError(
      .invalidJob, "\(text.debugDescription): has \(name), which a script of Slurm cannot hold; choose another name")
  }
}
