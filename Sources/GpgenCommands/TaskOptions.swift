import ArgumentParser
import Cluster
import Foundation

/// The options that select a process's part of the work.
struct TaskOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Do only the part of this task, counted from 0.", valueName: "index"),
    transform: OptionRange.taskIndex)
  var taskIndex: Int?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Number of tasks that share the work.", valueName: "count"),
    transform: OptionRange.tasks)
  var taskCount: Int?

  @Flag(
    help:
      "Take both from the environment of a Slurm array, mpirun or srun, or the index from a Kubernetes indexed job with --task-count."
  )
  var array = false

  mutating func validate() throws {
    if array, taskIndex != nil {
      throw ValidationError("--array reads the task from the environment, and --task-index sets it; give one of them.")
    }
    if !array { try OptionRange.checkTask(taskIndex, of: taskCount) }
  }

  /// A part of the work; all of it if there is only one task.
  struct Task {
    let index: Int
    let count: Int
    /// The task as the environment describes it; nil for one given by options.
    let source: String?
  }

  /// The task of the options or of the environment, or nil if neither is requested.
  ///
  /// - Throws: a usage error if the environment does not name a task.
  func task(environment: [String: String] = ProcessInfo.processInfo.environment) throws(ValidationError) -> Task? {
    if array {
      let found: TaskEnvironment
      do { found = try TaskEnvironment(environment, count: taskCount) } catch { throw ValidationError(error.message) }
      guard OptionRange.taskCounts.contains(found.count) else {
        throw ValidationError(
          "\(found.text): expected at most \(OptionRange.taskCounts.upperBound) tasks; give fewer with --task-count.")
      }
      return Task(index: found.index, count: found.count, source: found.text)
    }
    guard let taskIndex, let taskCount else { return nil }
    return Task(index: taskIndex, count: taskCount, source: nil)
  }

  /// A command line in which the task of the environment is given by options, so that it can be run anywhere.
  static func explicit(_ words: [String], _ task: Task?) -> [String] {
    guard let task, task.source != nil else { return words }
    var kept: [String] = []
    var index = words.startIndex
    while index < words.endIndex {
      switch words[index] {
      case "--array": break
      case "--task-count": index += 1
      case let word where word.hasPrefix("--task-count="): break
      case let word: kept.append(word)
      }
      index += 1
    }
    return kept + ["--task-index", "\(task.index)", "--task-count", "\(task.count)"]
  }
}
