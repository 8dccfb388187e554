import ArgumentParser
import Cluster
import Foundation

/// The options that say which part of the work a process does.
struct TaskOptions: ParsableArguments {
  @Option(
    parsing: .unconditional, help: "Do only this task's part of the work: from 0.", transform: OptionRange.taskIndex)
  var taskIndex: Int?

  @Option(parsing: .unconditional, help: "Number of tasks that share the work.", transform: OptionRange.tasks)
  var taskCount: Int?

  @Flag(
    help: ArgumentHelp(
      "Take both from the environment: of a Slurm array, mpirun or srun; of a Kubernetes indexed job with --task-count."
    ))
  var array = false

  mutating func validate() throws {
    if array, taskIndex != nil {
      throw ValidationError("--array takes the task from the environment, --task-index gives it; use one of them.")
    }
    if !array { try OptionRange.checkTask(taskIndex, of: taskCount) }
  }

  /// A part of the work: all of it where there is one task.
  struct Task {
    let index: Int
    let count: Int
    /// Where the environment says so.
    let source: String?
  }

  /// The task of the options, or of the environment; none where neither is asked for.
  ///
  /// - Throws: a usage error where the environment does not say which task it is.
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
}
