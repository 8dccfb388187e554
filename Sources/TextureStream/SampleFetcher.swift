import CSpectralKernels
import GaussianField
import Synchronization
import TextureDataset

/// Fetches textures one at a time, in bands of rows, on one thread or on several together.
///
/// A texture that is changed on the way needs no memory beside its destination but a band for each thread: the pixels of
/// a band are copied to their places as soon as they are there.
final class SampleFetcher {
  /// Where textures come from.
  enum Origin {
    case files(PixelReader)
    case recipe(TextureMaker)
  }

  private let recipe: Recipe
  private let origin: Origin
  private let bands: [Band]

  /// - Parameters:
  ///   - threads: that fetch a texture together.
  ///   - changed: whether textures are changed on the way.
  /// - Throws: ``AllocationError``.
  init(_ recipe: Recipe, from origin: Origin, threads: Int, changed: Bool) throws(AllocationError) {
    self.recipe = recipe
    self.origin = origin
    var bands: [Band] = []
    for _ in 0..<threads { bands.append(try Band(recipe, changed: changed)) }
    self.bands = bands
  }

  /// The bytes that each thread takes for a band.
  static func bandBytes(_ recipe: Recipe, changed: Bool) -> Int {
    let pixels = Band.rowCount(recipe.field.shape) * recipe.field.shape.rowLength
    return pixels * ((changed ? 4 : 0) + (recipe.dtype == .float16 ? 2 : 0))
  }

  /// Fetches a texture. Blocks while it does.
  ///
  /// - Parameters:
  ///   - view: where the output's pixels come from; nil for the texture as it is.
  ///   - output: room for a texture, or for the view's window.
  func fetch(
    sample: Int, as view: TextureView?, into output: UnsafeMutablePointer<Float>
  ) throws(DatasetError) {
    // Every band is written to places of its own.
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
    case .recipe(let maker):
      try maker.withSpectrum(ofSample: sample, of: recipe) { spectrum in
        spectrum.forEachThread(bands.count) { maker in
          for rows in Band.rows(of: shape, thread: maker.thread, of: bands.count) {
            bands[maker.thread].fill(rows, of: shape, as: view, into: output) { target, halves in
              let pixels = rows.count * shape.rowLength
              maker.makeRows(rows, into: UnsafeMutableBufferPointer(start: target, count: pixels))
              // As a file has them.
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
    // Sendable: one thread at a time uses it, that of its index.

    /// Pixels before they are copied to their places; empty where textures are not changed.
    private let pixels: AlignedBuffer<Float>
    /// Pixels as they are stored, where that is in half precision; empty otherwise.
    private let halves: AlignedBuffer<UInt16>

    init(_ recipe: Recipe, changed: Bool) throws(AllocationError) {
      let count = Self.rowCount(recipe.field.shape) * recipe.field.shape.rowLength
      pixels = try AlignedBuffer(count: changed ? count : 0)
      halves = try AlignedBuffer(count: recipe.dtype == .float16 ? count : 0)
    }

    /// Rows of a band, about 4 MiB.
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

    /// Has `make` write rows of a texture, and copies them to their places.
    ///
    /// - Parameter make: gets room for the rows, and for as many stored pixels where these are in half precision.
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

/// Makes a recipe's textures one after the other, in the same memory.
final class TextureMaker {
  private let sampler: TextureSampler
  private var workspace: TextureWorkspace

  /// - Parameter threads: that make a texture together.
  init(_ sampler: TextureSampler, threads: Int) throws(AllocationError) {
    self.sampler = sampler
    workspace = try TextureWorkspace(for: sampler, threads: threads)
  }

  /// Calls `body` with the spectrum of a sample.
  ///
  /// - Throws: ``DatasetError`` where the sample cannot be drawn.
  func withSpectrum(
    ofSample sample: Int, of recipe: Recipe, _ body: (borrowing TextureSpectrum) -> Void
  ) throws(DatasetError) {
    let fields = try sampler.fields(ofSample: sample, of: recipe)
    sampler.withSpectrum(of: fields, in: &workspace, body)
  }
}
