import Foundation
import GaussianField

/// Runs an actor on a dedicated thread.
///
/// oneDNN keeps a team of threads for each thread that calls it. Called from Swift's thread pool, it would start a team
/// for each of its threads.
final class DedicatedThread: SerialExecutor {
  private let queue = Queue()

  /// Starts the thread.
  ///
  /// - Throws: ``BackdropError`` with code `.memory` if there is no memory for the thread's stack.
  init() throws(BackdropError) {
    do {
      try startThread(stackBytes: 8 << 20) { [queue] in queue.work() }
    } catch {
      throw BackdropError(.memory, error.message, cause: error)
    }
  }

  deinit { queue.stop() }

  func enqueue(_ job: consuming ExecutorJob) { queue.add(UnownedJob(job), of: self) }

  /// The thread references this queue alone, so that the executor is released together with its actor.
  private final class Queue: @unchecked Sendable {
    // Sendable: everything below `condition` is accessed only while it is locked.
    private let condition = NSCondition()
    private var jobs: [Entry] = []
    private var isStopped = false

    /// A job, and its executor, which must outlive the job.
    private struct Entry {
      let job: UnownedJob
      let executor: DedicatedThread
    }

    func add(_ job: UnownedJob, of executor: DedicatedThread) {
      condition.withLock {
        jobs.append(Entry(job: job, executor: executor))
        condition.signal()
      }
    }

    func stop() {
      condition.withLock {
        isStopped = true
        condition.signal()
      }
    }

    func work() {
      while let entry = next() { entry.job.runSynchronously(on: entry.executor.asUnownedSerialExecutor()) }
    }

    private func next() -> Entry? {
      condition.withLock {
        while jobs.isEmpty, !isStopped { condition.wait() }
        return jobs.isEmpty ? nil : jobs.removeFirst()
      }
    }
  }
}
