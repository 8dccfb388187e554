import GaussianField
import Synchronization

/// Returns what `shouldContinue` returns until the first `false`, and `false` from then on: a texture whose columns
/// were skipped must not be completed later.
func latched(_ shouldContinue: @escaping @Sendable () -> Bool) -> @Sendable () -> Bool {
  let stopped = Atomic(false)
  return {
    if stopped.load(ordering: .relaxed) { return false }
    if shouldContinue() { return true }
    stopped.store(true, ordering: .relaxed)
    return false
  }
}

/// Distributes the numbers below `count` among `workers`; the first error stops all of them.
///
/// - Parameter makeWorker: called once on each worker's thread; returns the function that processes one number.
func inParallel(
  _ count: Int, workers: Int, shouldContinue: @Sendable () -> Bool,
  _ makeWorker: @Sendable () throws(DatasetError) -> ((Int) throws(DatasetError) -> Void)
) throws(DatasetError) {
  let next = Atomic(0)
  let failure = Mutex<DatasetError?>(nil)
  onThreads(workers) { _ in
    do throws(DatasetError) {
      let work = try makeWorker()
      while failure.withLock({ $0 == nil }) {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
        try work(index)
      }
    } catch {
      failure.withLock { $0 = $0 ?? error }
    }
  }
  if let error = failure.withLock({ $0 }) { throw error }
}
