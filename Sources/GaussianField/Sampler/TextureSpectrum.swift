/// A sample's complete spectrum, transformed along z and y, from which rows of the texture are computed in any order.
///
/// It is stored in a ``TextureWorkspace`` and borrowed from ``TextureSampler/withSpectrum(of:in:_:)``: it cannot
/// outlive the call, and the workspace cannot be used for another sample meanwhile.
public struct TextureSpectrum: ~Copyable {
  // Not Sendable: rows share the scratch memory of one thread. `forEachThread` gives each thread its own.
  private let sampler: TextureSampler
  private let memory: TextureWorkspace.Memory
  private let sample: Int

  init(sampler: TextureSampler, memory: TextureWorkspace.Memory, sample: Int) {
    self.sampler = sampler
    self.memory = memory
    self.sample = sample
  }

  /// Computes rows of the texture, and blocks until they are complete.
  ///
  /// - Parameters:
  ///   - rows: counted over all planes; fastest if both ends are multiples of ``TextureSampler/rowGroup``.
  ///   - output: shape (rows, w_x), row by row.
  public func makeRows(_ rows: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) {
    RowMaker(thread: 0, sampler: sampler, memory: memory, sample: sample).makeRows(rows, into: output)
  }

  /// Calls `work` on several threads in parallel, and blocks until all calls have returned.
  ///
  /// - Parameters:
  ///   - count: the number of threads, at most the workspace's.
  ///   - work: computes rows, with its thread's scratch memory.
  public func forEachThread(_ count: Int, _ work: @Sendable (borrowing RowMaker) -> Void) {
    precondition((0...memory.threads).contains(count), "at most the workspace's threads")
    let (sampler, memory, sample) = (sampler, memory, sample)
    onThreads(count) { thread in work(RowMaker(thread: thread, sampler: sampler, memory: memory, sample: sample)) }
  }
}

/// Computes rows of one texture on one thread, with scratch memory that no other thread uses.
public struct RowMaker: ~Copyable {
  // Not Sendable: the scratch memory belongs to one thread.

  /// The thread's index, from 0.
  public let thread: Int
  private let sampler: TextureSampler
  private let memory: TextureWorkspace.Memory
  private let sample: Int

  fileprivate init(thread: Int, sampler: TextureSampler, memory: TextureWorkspace.Memory, sample: Int) {
    self.thread = thread
    self.sampler = sampler
    self.memory = memory
    self.sample = sample
  }

  /// Computes rows of the texture, and blocks until they are complete.
  ///
  /// - Parameters:
  ///   - rows: counted over all planes; fastest if both ends are multiples of ``TextureSampler/rowGroup``.
  ///   - output: shape (rows, w_x), row by row.
  public func makeRows(_ rows: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) {
    let shape = sampler.model.shape
    precondition(rows.lowerBound >= 0 && rows.upperBound <= shape.rowCount, "rows of the texture")
    precondition(output.count >= rows.count * shape.rowLength, "room for the rows")
    guard let base = output.baseAddress, !rows.isEmpty else { return }
    switch sampler.layout {
    case .planes(_, let planes, let transform):
      let height = shape.extents[shape.dimensions - 2]
      var row = rows.lowerBound
      while row < rows.upperBound {
        let (z, y) = row.quotientAndRemainder(dividingBy: height)
        let group = y / TextureSampler.rowGroup * TextureSampler.rowGroup
        let end = min(group + TextureSampler.rowGroup, height, y + rows.upperBound - row)
        transform.transform(
          columns: memory.plane(0), pitch: planes.planePitch, start: z * planes.pitch + group,
          rows: y - group..<end - group,
          scratch: memory.rowScratch(ofThread: thread), into: base + (row - rows.lowerBound) * shape.rowLength)
        row += end - y
      }
    case .series(let transform):
      // A series is one row, so no other thread computes any meanwhile.
      makeSeries(transform, into: base)
      return
    }
    if sampler.finish.isIdentity { return }
    for row in rows {
      sampler.finish.finish(
        base + (row - rows.lowerBound) * shape.rowLength, count: shape.rowLength, row: row, sample: sample)
    }
  }

  /// Computes all points of a series, on all of the workspace's threads.
  private func makeSeries(_ transform: SeriesTransform, into output: UnsafeMutablePointer<Float>) {
    let (finish, memory, sample, length) = (sampler.finish, memory, sample, sampler.model.shape.rowLength)
    nonisolated(unsafe) let output = output
    let blocks = (length + SeriesTransform.block - 1) / SeriesTransform.block
    let threads = min(memory.threads, blocks)
    onThreads(threads) { thread in
      for block in stride(from: thread, to: blocks, by: threads) {
        let points = block * SeriesTransform.block..<min((block + 1) * SeriesTransform.block, length)
        transform.copy(points, from: memory.plane(0), into: output + points.lowerBound)
        if finish.isIdentity { continue }
        finish.finish(
          output + points.lowerBound, count: points.count, first: points.lowerBound, row: 0, sample: sample)
      }
    }
  }
}
