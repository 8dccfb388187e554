import GaussianField
import TextureDataset

/// The source of textures: files, or a recipe alone.
public struct SampleSource: Sendable {
  /// The dataset's recipe.
  public let recipe: Recipe
  /// The available samples, numbered in the whole dataset.
  public let samples: Range<Int>
  private let origin: Origin

  private enum Origin: Sendable {
    case files(PixelReader)
    case recipe(TextureSampler)
  }

  /// Creates a source of the textures in a dataset's files, which are kept open.
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

  /// Creates a source that generates a recipe's textures on request, identical to those in files.
  ///
  /// - Throws: ``StreamError`` with code `.unreadable` if the recipe cannot be drawn.
  public init(_ recipe: Recipe) throws(StreamError) {
    self.recipe = recipe
    samples = 0..<recipe.samples
    do {
      origin = .recipe(try TextureSampler(recipe))
    } catch {
      throw StreamError(.unreadable, error.message, cause: error)
    }
  }

  /// The memory of a fetcher, in bytes.
  ///
  /// - Parameters:
  ///   - threads: the number of threads that fetch a texture together.
  ///   - changed: whether textures are augmented.
  func fetcherBytes(threads: Int, changed: Bool) -> Int {
    let bands = threads * SampleFetcher.bandBytes(recipe, changed: changed)
    return switch origin {
    case .files: bands
    case .recipe(let sampler): bands + TextureWorkspace.bytes(for: sampler, threads: threads)
    }
  }

  /// Creates a worker's fetcher.
  ///
  /// - Parameters:
  ///   - threads: the number of threads that fetch a texture together.
  ///   - changed: whether textures are augmented.
  /// - Throws: ``StreamError`` with code `.memory`.
  func makeFetcher(threads: Int = 1, changed: Bool = false) throws(StreamError) -> SampleFetcher {
    do throws(AllocationError) {
      let origin: SampleFetcher.Origin =
        switch origin {
        case .files(let reader): .files(reader)
        case .recipe(let sampler): .recipe(try SpectrumGenerator(sampler, threads: threads))
        }
      return try SampleFetcher(recipe, from: origin, threads: threads, changed: changed)
    } catch {
      throw StreamError(.memory, error.message, cause: error)
    }
  }
}
