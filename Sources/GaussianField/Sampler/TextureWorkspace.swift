/// The memory in which textures are computed one after the other, by one or more threads.
///
/// It is noncopyable, so it is never used for two textures at a time. Its size is slightly more than 8 w_z w_y K bytes
/// for K columns with modes; for a series it is three times the series.
public struct TextureWorkspace: ~Copyable {
  /// The layout shared by the threads.
  let memory: Memory

  private let planes: AlignedBuffer<Float>
  private let scratch: AlignedBuffer<Float>
  private let powers: AlignedBuffer<Double>
  private let size: Size

  /// - Parameters:
  ///   - sampler: the sampler of the textures.
  ///   - threads: the number of threads that compute one texture together.
  /// - Throws: ``AllocationError``.
  public init(for sampler: TextureSampler, threads: Int = 1) throws(AllocationError) {
    precondition(threads >= 1)
    let size = Size(for: sampler)
    let planes = try AlignedBuffer<Float>(count: size.planes)
    let scratch = try AlignedBuffer<Float>(count: threads * size.scratchStride)
    let powers = try AlignedBuffer<Double>(count: sampler.columnCount)
    memory = Memory(
      threads: threads, size: size, power: powers.pointer, planes: planes.pointer, scratch: scratch.pointer)
    self.size = size
    self.planes = planes
    self.scratch = scratch
    self.powers = powers
  }

  /// The number of threads that compute one texture together.
  public var threads: Int { memory.threads }

  /// The size of a workspace in bytes, including the spectra that are computed for each sample if parameters are
  /// ranges.
  public static func bytes(for sampler: TextureSampler, threads: Int = 1) -> Int {
    let size = Size(for: sampler)
    return 4 * (size.planes + threads * size.scratchStride) + 8 * sampler.columnCount + sampler.sampleSpectrumBytes
  }

  /// Whether the memory has the size that the sampler needs.
  func fits(_ sampler: TextureSampler) -> Bool { size == Size(for: sampler) }
}

extension TextureWorkspace {
  /// The size of each kind of memory, in floats.
  struct Size: Equatable {
    /// All transformed planes.
    let planes: Int
    /// The stride of transformed planes.
    let planeStride: Int
    /// A thread's scratch memory to draw and transform planes.
    let planeScratch: Int
    /// All scratch memory of a thread: for planes, then for rows.
    let scratchStride: Int

    init(for sampler: TextureSampler) {
      switch sampler.layout {
      case .planes(_, let transform, let rows):
        planeStride = 2 * transform.planePitch
        planes = planeStride * ((sampler.columnCount + 3) / 4 * 4)
        planeScratch = (2 * transform.drawnCount + transform.scratchCount + 15) / 16 * 16
        scratchStride = (planeScratch + rows.scratchCount + 15) / 16 * 16
      case .series(let transform):
        planeStride = transform.memoryCount
        planes = planeStride
        planeScratch = (transform.scratchCount + 15) / 16 * 16
        scratchStride = planeScratch
      }
    }
  }

  /// A workspace's memory, shared by the threads that compute one texture.
  struct Memory: @unchecked Sendable {
    // Sendable: each thread writes only its own planes, powers and scratch memory, and reads planes only after all are
    // written. It is used only while the workspace is accessed exclusively.

    /// The number of threads that compute one texture together.
    let threads: Int
    fileprivate let size: Size
    /// The variance by column, for standardizing.
    let power: UnsafeMutablePointer<Double>
    fileprivate let planes: UnsafeMutablePointer<Float>
    fileprivate let scratch: UnsafeMutablePointer<Float>

    /// The transformed plane of `kx`, or all memory of a series.
    func plane(_ kx: Int) -> UnsafeMutablePointer<Float> { planes + kx * size.planeStride }

    /// A thread's scratch memory for planes.
    func planeScratch(ofThread thread: Int) -> UnsafeMutablePointer<Float> { scratch + thread * size.scratchStride }

    /// A thread's scratch memory for rows.
    func rowScratch(ofThread thread: Int) -> UnsafeMutablePointer<Float> {
      planeScratch(ofThread: thread) + size.planeScratch
    }
  }
}
