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
    let halves = recipe.dtype == .float16 ? 2 * recipe.field.shape.pixels : 0
    return switch origin {
    case .files: halves
    case .recipe(let sampler): halves + TextureWorkspace.bytes(for: sampler)
    }
  }

  /// A worker's own means of fetching textures, one at a time.
  ///
  /// - Throws: ``StreamError`` with code `.memory`.
  func makeFetcher() throws(StreamError) -> Fetcher { try Fetcher(self) }

  /// Fetches textures on one thread.
  final class Fetcher {
    private let recipe: Recipe
    private let origin: Origin
    /// A texture as it is stored, where that is half precision.
    private let halves: AlignedBuffer<UInt16>

    private enum Origin {
      case files(PixelReader)
      case recipe(TextureMaker)
    }

    fileprivate init(_ source: SampleSource) throws(StreamError) {
      recipe = source.recipe
      do {
        origin =
          switch source.origin {
          case .files(let reader): .files(reader)
          case .recipe(let sampler): .recipe(try TextureMaker(sampler))
          }
        halves = try AlignedBuffer(count: recipe.dtype == .float16 ? recipe.field.shape.pixels : 0)
      } catch {
        throw StreamError(.memory, error.message, cause: error)
      }
    }

    /// - Parameter output: room for a texture.
    func fetch(sample: Int, into output: UnsafeMutablePointer<Float>) throws(DatasetError) {
      let (pixels, isHalf) = (recipe.field.shape.pixels, recipe.dtype == .float16)
      switch origin {
      case .files(let reader):
        try reader.read(sample: sample, pixels: 0..<pixels, into: output, halves: isHalf ? halves.pointer : nil)
      case .recipe(let maker):
        try maker.make(
          sample: sample, of: recipe, into: UnsafeMutableBufferPointer(start: output, count: pixels))
        guard isHalf else { return }
        gpgen_float_to_half(output, halves.pointer, pixels)
        gpgen_half_to_float(halves.pointer, output, pixels)
      }
    }
  }

  /// Makes whole textures on one thread, in the same memory.
  private final class TextureMaker {
    private let sampler: TextureSampler
    private var workspace: TextureWorkspace

    init(_ sampler: TextureSampler) throws(AllocationError) {
      self.sampler = sampler
      workspace = try TextureWorkspace(for: sampler)
    }

    func make(
      sample: Int, of recipe: Recipe, into output: UnsafeMutableBufferPointer<Float>
    ) throws(DatasetError) {
      let fields = try sampler.fields(ofSample: sample, of: recipe)
      sampler.withSpectrum(of: fields, in: &workspace) { spectrum in
        spectrum.makeRows(0..<sampler.model.shape.rowCount, into: output)
      }
    }
  }
}
