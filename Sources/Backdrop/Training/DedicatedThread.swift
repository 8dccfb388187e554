import Foundation
import GaussianField

/// Runs an actor on one thread of its own.
///
/// oneDNN's threads belong to the thread that calls it: from Swift's pool, every thread would bring a team of its own.
final class DedicatedThread: SerialExecutor {
  private let queue = Queue()

  /// - Throws: ``BackdropError`` with code `.memory` where there is no room for the thread's stack.
  init() throws(BackdropError) {
    do {
      try startThread(stackBytes: 8 << 20) { [queue] in queue.work() }
    } catch {
      throw BackdropError(.memory, error.message, cause: error)
    }
  }

  deinit { queue.stop() }

  func enqueue(_ job: consuming ExecutorJob) { queue.add(UnownedJob(job), of: self) }

  /// What the thread holds, so that the executor can go when its actor does.
  private final class Queue: @unchecked Sendable {
    // Sendable: everything below `condition` is touched with it locked.
    private let condition = NSCondition()
    private var jobs: [Entry] = []
    private var isStopped = false

    /// A job, and its executor, which has to live as long as the job runs.
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
