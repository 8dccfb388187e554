/// The memory in which textures are made one after the other, by one thread or by several together.
///
/// It has one owner and cannot be copied, so it is never used for two textures at a time. Its size is 8 w_z w_y K bytes, for
/// K columns that hold modes, and little more; of a series it is three times the series.
public struct TextureWorkspace: ~Copyable {
  /// Where everything lies.
  let memory: Memory

  private let planes: AlignedBuffer<Float>
  private let scratch: AlignedBuffer<Float>
  private let powers: AlignedBuffer<Double>
  private let size: Size

  /// - Parameters:
  ///   - sampler: whose textures will be made.
  ///   - threads: how many work on one texture together.
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

  /// How many threads work on a texture together.
  public var threads: Int { memory.threads }

  /// The bytes that a workspace takes, with the spectra that are made for its sample where parameters are ranges.
  public static func bytes(for sampler: TextureSampler, threads: Int = 1) -> Int {
    let size = Size(for: sampler)
    return 4 * (size.planes + threads * size.scratchStride) + 8 * sampler.columnCount + sampler.sampleSpectrumBytes
  }

  /// Whether the memory is of the sampler's size.
  func fits(_ sampler: TextureSampler) -> Bool { size == Size(for: sampler) }
}

extension TextureWorkspace {
  /// How much memory there is of each kind, in floats.
  struct Size: Equatable {
    /// All transformed planes.
    let planes: Int
    /// From one plane to the next.
    let planeStride: Int
    /// What a thread draws and transforms planes in.
    let planeScratch: Int
    /// All scratch memory of a thread: that of planes, then that of rows.
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

  /// A workspace's memory as the threads that work on one texture share it.
  struct Memory: @unchecked Sendable {
    // Sendable: the threads write to planes, powers and scratch memory of their own, and read planes only after all
    // are written. It is used only while the workspace is accessed exclusively.

    /// How many threads work on a texture together.
    let threads: Int
    fileprivate let size: Size
    /// Variance by column, for standardizing.
    let power: UnsafeMutablePointer<Double>
    fileprivate let planes: UnsafeMutablePointer<Float>
    fileprivate let scratch: UnsafeMutablePointer<Float>

    /// The plane of `kx` after its transforms, or all memory of a series.
    func plane(_ kx: Int) -> UnsafeMutablePointer<Float> { planes + kx * size.planeStride }

    /// Where a thread draws and transforms a plane.
    func planeScratch(ofThread thread: Int) -> UnsafeMutablePointer<Float> { scratch + thread * size.scratchStride }

    /// A thread's scratch memory for rows.
    func rowScratch(ofThread thread: Int) -> UnsafeMutablePointer<Float> {
      planeScratch(ofThread: thread) + size.planeScratch
    }
  }
}
