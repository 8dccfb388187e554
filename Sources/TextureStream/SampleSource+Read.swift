import GaussianField
import Synchronization
import TextureDataset

extension SampleSource {
  /// Reads or generates textures. Blocks.
  ///
  /// - Parameters:
  ///   - samples: indices in the whole dataset, in ``samples``, in any order.
  ///   - output: has space for the textures, shape (samples, N), where N are the extents of a texture in the order of
  ///     its axes.
  ///   - threads: the number of threads, at least 1.
  /// - Throws: ``StreamError`` with code `.unreadable`, `.memory`, or `.invalidOptions` if the source lacks a sample.
  public func read(
    _ samples: [Int], into output: UnsafeMutableBufferPointer<Float>, threads: Int
  ) throws(StreamError) {
    let pixels = recipe.field.shape.pixels
    precondition(threads >= 1 && output.count >= samples.count * pixels, "the output has space for the textures")
    if let sample = samples.first(where: { !self.samples.contains($0) }) {
      throw StreamError(
        .invalidOptions,
        "sample \(sample): expected \(self.samples.lowerBound) to \(self.samples.upperBound - 1)")
    }
    guard let start = output.baseAddress, !samples.isEmpty else { return }
    let workers = min(threads, samples.count)
    // Textures are written to disjoint parts of the output.
    nonisolated(unsafe) let places = start
    let next = Atomic(0)
    let failure = Mutex<StreamError?>(nil)
    onThreads(workers) { _ in
      do throws(StreamError) {
        let fetcher = try makeFetcher(threads: threads / workers)
        while failure.withLock({ $0 == nil }) {
          let index = next.add(1, ordering: .relaxed).oldValue
          guard index < samples.count else { return }
          do throws(DatasetError) {
            try fetcher.fetch(sample: samples[index], as: nil, into: places + index * pixels)
          } catch {
            throw StreamError(.unreadable, error.message, cause: error)
          }
        }
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
