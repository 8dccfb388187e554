import CSpectralKernels
import GaussianField
import Synchronization
import TextureDataset

/// Fetches textures one at a time, in bands of rows, on one or several threads.
///
/// An augmented texture needs no memory beyond its destination except one band per thread: the pixels of a band are
/// copied to their destination as soon as they are available.
final class SampleFetcher {
  /// The origin of textures.
  enum Origin {
    case files(PixelReader)
    case recipe(SpectrumGenerator)
  }

  private let recipe: Recipe
  private let origin: Origin
  private let bands: [Band]

  /// - Parameters:
  ///   - threads: the number of threads that fetch a texture together.
  ///   - changed: whether textures are augmented.
  /// - Throws: ``AllocationError``.
  init(_ recipe: Recipe, from origin: Origin, threads: Int, changed: Bool) throws(AllocationError) {
    self.recipe = recipe
    self.origin = origin
    var bands: [Band] = []
    for _ in 0..<threads { bands.append(try Band(recipe, changed: changed)) }
    self.bands = bands
  }

  /// The memory of a thread's band, in bytes.
  static func bandBytes(_ recipe: Recipe, changed: Bool) -> Int {
    let pixels = Band.rowCount(recipe.field.shape) * recipe.field.shape.rowLength
    return pixels * ((changed ? 4 : 0) + (recipe.dtype == .float16 ? 2 : 0))
  }

  /// Fetches a texture. Blocks.
  ///
  /// - Parameters:
  ///   - view: the view that gives the output's pixels; nil for the unchanged texture.
  ///   - output: has space for a texture, or for the view's window.
  func fetch(
    sample: Int, as view: TextureView?, into output: UnsafeMutablePointer<Float>
  ) throws(DatasetError) {
    // Bands are written to disjoint parts of the output.
    nonisolated(unsafe) let output = output
    let (bands, shape) = (bands, recipe.field.shape)
    switch origin {
    case .files(let reader):
      let failure = Mutex<DatasetError?>(nil)
      onThreads(bands.count) { thread in
        do throws(DatasetError) {
          for rows in Band.rows(of: shape, thread: thread, of: bands.count) {
            try bands[thread].fill(rows, of: shape, as: view, into: output) { target, halves throws(DatasetError) in
              let pixels = rows.lowerBound * shape.rowLength..<rows.upperBound * shape.rowLength
              try reader.read(sample: sample, pixels: pixels, into: target, halves: halves)
            }
          }
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
      if let error = failure.withLock({ $0 }) { throw error }
    case .recipe(let generator):
      try generator.withSpectrum(ofSample: sample, of: recipe) { spectrum in
        spectrum.forEachThread(bands.count) { maker in
          for rows in Band.rows(of: shape, thread: maker.thread, of: bands.count) {
            bands[maker.thread].fill(rows, of: shape, as: view, into: output) { target, halves in
              let pixels = rows.count * shape.rowLength
              maker.makeRows(rows, into: UnsafeMutableBufferPointer(start: target, count: pixels))
              // Round pixels as files do.
              guard let halves else { return }
              gpgen_float_to_half(target, halves, pixels)
              gpgen_half_to_float(halves, target, pixels)
            }
          }
        }
      }
    }
  }

  /// A thread's memory for some rows of a texture.
  private final class Band: @unchecked Sendable {
    // Sendable: only the thread with its index uses it.

    /// Pixels before they are copied to their destination; empty if textures are not augmented.
    private let pixels: AlignedBuffer<Float>
    /// Stored pixels, if they are in half precision; empty otherwise.
    private let halves: AlignedBuffer<UInt16>

    init(_ recipe: Recipe, changed: Bool) throws(AllocationError) {
      let count = Self.rowCount(recipe.field.shape) * recipe.field.shape.rowLength
      pixels = try AlignedBuffer(count: changed ? count : 0)
      halves = try AlignedBuffer(count: recipe.dtype == .float16 ? count : 0)
    }

    /// The number of rows in a band of about 4 MiB.
    static func rowCount(_ shape: FieldShape) -> Int {
      let group = TextureSampler.rowGroup
      return min(shape.rowCount, max(group, (1 << 20) / shape.rowLength / group * group))
    }

    /// The bands that a thread fetches, counted over all planes.
    static func rows(of shape: FieldShape, thread: Int, of threads: Int) -> some Sequence<Range<Int>> {
      let count = rowCount(shape)
      return stride(from: thread * count, to: shape.rowCount, by: threads * count).lazy.map {
        $0..<min($0 + count, shape.rowCount)
      }
    }

    /// Calls `make` to write rows of a texture, and copies them to their destination.
    ///
    /// - Parameter make: receives memory for the rows, and for the same number of stored pixels if these are in half
    ///   precision.
    func fill<Failure: Error>(
      _ rows: Range<Int>, of shape: FieldShape, as view: TextureView?, into output: UnsafeMutablePointer<Float>,
      _ make: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<UInt16>?) throws(Failure) -> Void
    ) throws(Failure) {
      let stored = halves.count > 0 ? halves.pointer : nil
      guard let view else { return try make(output + rows.lowerBound * shape.rowLength, stored) }
      try make(pixels.pointer, stored)
      view.copy(rows: rows, from: pixels.pointer, into: output)
    }
  }
}

/// Generates the spectra of a recipe's samples, one after the other, in the same memory.
final class SpectrumGenerator {
  private let sampler: TextureSampler
  private var workspace: TextureWorkspace

  /// - Parameter threads: the number of threads that generate a texture together.
  init(_ sampler: TextureSampler, threads: Int) throws(AllocationError) {
    self.sampler = sampler
    workspace = try TextureWorkspace(for: sampler, threads: threads)
  }

  /// Calls `body` with the spectrum of a sample.
  ///
  /// - Throws: ``DatasetError`` if the sample cannot be drawn.
  func withSpectrum(
    ofSample sample: Int, of recipe: Recipe, _ body: (borrowing TextureSpectrum) -> Void
  ) throws(DatasetError) {
    let fields = try sampler.fields(ofSample: sample, of: recipe)
    sampler.withSpectrum(of: fields, in: &workspace, body)
  }
}
