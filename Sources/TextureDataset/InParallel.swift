import GaussianField
import Synchronization

/// Answers as `shouldContinue` does until that says no, and no from then on: a texture whose columns were left out after a no must
/// not be finished after a yes.
func latched(_ shouldContinue: @escaping @Sendable () -> Bool) -> @Sendable () -> Bool {
  let stopped = Atomic(false)
  return {
    if stopped.load(ordering: .relaxed) { return false }
    if shouldContinue() { return true }
    stopped.store(true, ordering: .relaxed)
    return false
  }
}

/// Has `workers` take the numbers under `count` in turn, each with a function of its own; the first error ends all.
///
/// - Parameter makeWorker: called once on each worker's thread.
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
