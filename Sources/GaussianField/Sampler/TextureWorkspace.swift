/// The memory in which textures are made one after the other, by one thread or by several together.
///
/// It has one owner and cannot be copied, so it is never used for two textures at a time. Its size is 8 n K bytes, for K
/// columns that hold modes, and little more.
public struct TextureWorkspace: ~Copyable {
  /// Where everything lies.
  let memory: Memory

  private let columns: AlignedBuffer<Float>
  private let scratch: AlignedBuffer<Float>
  private let powers: AlignedBuffer<Double>
  private let side: Int
  private let columnCount: Int

  /// - Parameters:
  ///   - sampler: whose textures will be made.
  ///   - threads: how many work on one texture together.
  /// - Throws: ``AllocationError``.
  public init(for sampler: TextureSampler, threads: Int = 1) throws(AllocationError) {
    precondition(threads >= 1)
    let size = Self.size(for: sampler)
    let columns = try AlignedBuffer<Float>(count: size.columns)
    let scratch = try AlignedBuffer<Float>(count: threads * size.scratchStride)
    let powers = try AlignedBuffer<Double>(count: sampler.columnCount)
    memory = Memory(
      threads: threads, pitch: size.pitch, power: powers.pointer, columns: columns.pointer, scratch: scratch.pointer,
      columnStride: size.columnStride, scratchStride: size.scratchStride)
    side = sampler.side
    columnCount = sampler.columnCount
    self.columns = columns
    self.scratch = scratch
    self.powers = powers
  }

  /// How many threads work on a texture together.
  public var threads: Int { memory.threads }

  /// The bytes that a workspace takes.
  public static func bytes(for sampler: TextureSampler, threads: Int = 1) -> Int {
    let size = size(for: sampler)
    return 4 * (size.columns + threads * size.scratchStride) + 8 * sampler.columnCount
  }

  private static func size(
    for sampler: TextureSampler
  ) -> (pitch: Int, columns: Int, columnStride: Int, scratchStride: Int) {
    let pitch = (sampler.side + 7) / 8 * 8 + 8
    let columnStride = 2 * pitch
    return (
      pitch, columnStride * ((sampler.columnCount + 3) / 4 * 4), columnStride,
      (columnStride + sampler.rowTransform.scratchCount + 15) / 16 * 16
    )
  }

  /// Whether the memory is of the sampler's size.
  func fits(_ sampler: TextureSampler) -> Bool { side == sampler.side && columnCount == sampler.columnCount }
}

extension TextureWorkspace {
  /// A workspace's memory as the threads that work on one texture share it.
  struct Memory: @unchecked Sendable {
    // Sendable: the threads write to columns, powers and scratch memory of their own, and read columns only after all
    // are written. It is used only while the workspace is accessed exclusively.

    /// How many threads work on a texture together.
    let threads: Int
    /// Complex numbers from one transformed column to the next: n in whole cache lines, and one more, so that the
    /// columns of a power of two do not all fall on the same lines of the cache.
    let pitch: Int
    /// Variance by column, for standardizing.
    let power: UnsafeMutablePointer<Double>
    fileprivate let columns: UnsafeMutablePointer<Float>
    fileprivate let scratch: UnsafeMutablePointer<Float>
    fileprivate let columnStride: Int
    fileprivate let scratchStride: Int

    /// Column `kx` after its transform: shape (pitch) complex.
    func transformedColumn(_ kx: Int) -> UnsafeMutablePointer<Float> { columns + kx * columnStride }

    /// Where a thread draws a column: shape (n) complex.
    func column(ofThread thread: Int) -> UnsafeMutablePointer<Float> { scratch + thread * scratchStride }

    /// A thread's scratch memory for rows.
    func rowScratch(ofThread thread: Int) -> UnsafeMutablePointer<Float> { column(ofThread: thread) + columnStride }
  }
}
