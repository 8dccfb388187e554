import CSpectralKernels
import GaussianField
import TextureDataset

/// Where textures come from: files, or a recipe alone.
public struct SampleSource: Sendable {
  /// The dataset's recipe.
  public let recipe: Recipe
  /// The samples there are, in the whole dataset.
  public let samples: Range<Int>
  private let origin: Origin

  private enum Origin: Sendable {
    case files(PixelReader)
    case recipe(TextureSampler)
  }

  /// The textures of a dataset's files, each opened once.
  ///
  /// - Throws: ``StreamError`` with code `.unreadable`.
  public init(_ dataset: DatasetReader) throws(StreamError) {
    recipe = dataset.recipe
    samples = dataset.samples
    do {
      origin = .files(try PixelReader(dataset))
    } catch {
      throw StreamError(.unreadable, error.message, cause: error)
    }
  }

  /// The textures of a recipe, made as they are asked for: the same as generated files have.
  ///
  /// - Throws: ``StreamError`` with code `.unreadable` where the recipe cannot be drawn.
  public init(_ recipe: Recipe) throws(StreamError) {
    self.recipe = recipe
    samples = 0..<recipe.samples
    do {
      origin = .recipe(try TextureSampler(recipe))
    } catch {
      throw StreamError(.unreadable, error.message, cause: error)
    }
  }

  /// The bytes that a fetcher takes.
  var fetcherBytes: Int {
    let halves = recipe.dtype == .float16 ? 2 * recipe.side * recipe.side : 0
    return switch origin {
    case .files: halves
    case .recipe(let sampler): halves + TextureWorkspace.bytes(for: sampler)
    }
  }

  /// A worker's own means of fetching textures, one at a time.
  ///
  /// - Throws: ``StreamError`` with code `.memory`.
  func makeFetcher() throws(StreamError) -> Fetcher {
    switch origin {
    case .files(let reader): try Fetcher(recipe: recipe, reader: reader)
    case .recipe(let sampler): try Fetcher(recipe: recipe, sampler: sampler)
    }
  }

  /// Fetches textures on one thread.
  final class Fetcher {
    private let recipe: Recipe
    private let reader: PixelReader?
    private let sampler: TextureSampler?
    private let workspace: TextureWorkspace?
    /// A texture as it is stored, where that is half precision.
    private let halves: AlignedBuffer<UInt16>

    init(recipe: Recipe, reader: PixelReader? = nil, sampler: TextureSampler? = nil) throws(StreamError) {
      self.recipe = recipe
      self.reader = reader
      self.sampler = sampler
      do {
        workspace = if let sampler { try TextureWorkspace(for: sampler) } else { nil }
        halves = try AlignedBuffer(count: recipe.dtype == .float16 ? recipe.side * recipe.side : 0)
      } catch {
        throw StreamError(.memory, error.message, cause: error)
      }
    }

    /// - Parameter output: shape (n, n).
    func fetch(sample: Int, into output: UnsafeMutablePointer<Float>) throws(DatasetError) {
      let (side, isHalf) = (recipe.side, recipe.dtype == .float16)
      if let sampler, let workspace {
        sampler.makeSpectrum(
          sample: sample, choices: recipe.choices(ofClass: recipe.classIndex(ofSample: sample)), in: workspace)
        sampler.makeRows(
          0..<side, in: workspace, into: UnsafeMutableBufferPointer(start: output, count: side * side))
        guard isHalf else { return }
        gpgen_float_to_half(output, halves.pointer, side * side)
        gpgen_half_to_float(halves.pointer, output, side * side)
      } else if let reader {
        try reader.read(sample: sample, rows: 0..<side, into: output, halves: isHalf ? halves.pointer : nil)
      }
    }
  }
}
