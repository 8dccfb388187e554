/// The memory in which textures are made one after the other, by one thread or by several together.
///
/// Not for use by two textures at a time. Its size is 8 n K bytes, for K columns that hold modes, and little more.
public final class TextureWorkspace: @unchecked Sendable {
  // Sendable: the threads that share it write to columns, powers and scratch memory of their own, and read columns only
  // after all are written.

  /// How many threads work on a texture together.
  public let threads: Int
  /// Complex numbers from one transformed column to the next: n in whole cache lines, and one more, so that the
  /// columns of a power of two do not all fall on the same lines of the cache.
  let pitch: Int
  /// Variance by column, for standardizing.
  let power: UnsafeMutablePointer<Double>

  private let columns: AlignedBuffer<Float>
  private let scratch: AlignedBuffer<Float>
  private let powers: AlignedBuffer<Double>
  private let side: Int
  private let columnCount: Int
  private let columnStride: Int
  private let scratchStride: Int

  /// - Parameters:
  ///   - sampler: whose textures will be made.
  ///   - threads: how many work on one texture together.
  /// - Throws: ``AllocationError``.
  public init(for sampler: TextureSampler, threads: Int = 1) throws(AllocationError) {
    precondition(threads >= 1)
    self.threads = threads
    side = sampler.side
    columnCount = sampler.columnCount
    let size = Self.size(for: sampler)
    pitch = size.pitch
    columnStride = size.columnStride
    scratchStride = size.scratchStride
    columns = try AlignedBuffer(count: size.columns)
    scratch = try AlignedBuffer(count: threads * size.scratchStride)
    powers = try AlignedBuffer(count: sampler.columnCount)
    power = powers.pointer
  }

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

  /// Column `kx` after its transform: shape (pitch) complex.
  func transformedColumn(_ kx: Int) -> UnsafeMutablePointer<Float> { columns.pointer + kx * columnStride }

  /// Where a thread draws a column: shape (n) complex.
  func column(ofThread thread: Int) -> UnsafeMutablePointer<Float> { scratch.pointer + thread * scratchStride }

  /// A thread's scratch memory for rows.
  func rowScratch(ofThread thread: Int) -> UnsafeMutablePointer<Float> { column(ofThread: thread) + columnStride }
}
