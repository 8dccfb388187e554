/// A sample's complete spectrum, transformed along y, from which rows of the texture are made in any order.
///
/// It lives in a ``TextureWorkspace`` and is borrowed from ``TextureSampler/withSpectrum(sample:choices:in:_:)``, so it
/// cannot be kept beyond the call, and the workspace cannot be used for another sample meanwhile.
public struct TextureSpectrum: ~Copyable {
  // Not Sendable: its rows share the scratch memory of one thread. `forEachThread` gives each thread its own.
  private let sampler: TextureSampler
  private let memory: TextureWorkspace.Memory

  init(sampler: TextureSampler, memory: TextureWorkspace.Memory) {
    self.sampler = sampler
    self.memory = memory
  }

  /// Makes rows of the texture. Blocks while it does.
  ///
  /// - Parameters:
  ///   - rows: begins at a multiple of ``TextureSampler/rowGroup``, ends at one or at n.
  ///   - output: shape (rows, n), row by row.
  public func makeRows(_ rows: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) {
    RowMaker(thread: 0, sampler: sampler, memory: memory).makeRows(rows, into: output)
  }

  /// Calls `work` on several threads at the same time, and blocks until all calls have returned.
  ///
  /// - Parameters:
  ///   - count: the number of threads, at most the workspace's.
  ///   - work: makes rows, with the scratch memory of its own thread.
  public func forEachThread(_ count: Int, _ work: @Sendable (borrowing RowMaker) -> Void) {
    precondition((0...memory.threads).contains(count), "at most the workspace's threads")
    let (sampler, memory) = (sampler, memory)
    onThreads(count) { thread in work(RowMaker(thread: thread, sampler: sampler, memory: memory)) }
  }
}

/// Makes rows of one texture on one thread, with scratch memory that no other thread uses.
public struct RowMaker: ~Copyable {
  // Not Sendable: the scratch memory is one thread's.

  /// The thread's index, from 0.
  public let thread: Int
  private let sampler: TextureSampler
  private let memory: TextureWorkspace.Memory

  fileprivate init(thread: Int, sampler: TextureSampler, memory: TextureWorkspace.Memory) {
    self.thread = thread
    self.sampler = sampler
    self.memory = memory
  }

  /// Makes rows of the texture. Blocks while it does.
  ///
  /// - Parameters:
  ///   - rows: begins at a multiple of ``TextureSampler/rowGroup``, ends at one or at n.
  ///   - output: shape (rows, n), row by row.
  public func makeRows(_ rows: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) {
    let (side, group) = (sampler.side, TextureSampler.rowGroup)
    precondition(rows.lowerBound >= 0 && rows.lowerBound % group == 0 && rows.upperBound <= side, "rows of the texture")
    precondition(output.count >= rows.count * side, "room for the rows")
    guard let base = output.baseAddress else { return }
    for y in stride(from: rows.lowerBound, to: rows.upperBound, by: group) {
      sampler.rowTransform.transform(
        columns: memory.transformedColumn(0), pitch: memory.pitch, y: y, count: min(group, rows.upperBound - y),
        scratch: memory.rowScratch(ofThread: thread), into: base + (y - rows.lowerBound) * side)
    }
  }
}
