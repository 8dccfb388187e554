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
  ///
  /// - Parameters:
  ///   - threads: that fetch a texture together.
  ///   - changed: whether textures are changed on the way.
  func fetcherBytes(threads: Int, changed: Bool) -> Int {
    let bands = threads * SampleFetcher.bandBytes(recipe, changed: changed)
    return switch origin {
    case .files: bands
    case .recipe(let sampler): bands + TextureWorkspace.bytes(for: sampler, threads: threads)
    }
  }

  /// A worker's own means of fetching textures, one at a time.
  ///
  /// - Parameters:
  ///   - threads: that fetch a texture together.
  ///   - changed: whether textures are changed on the way.
  /// - Throws: ``StreamError`` with code `.memory`.
  func makeFetcher(threads: Int = 1, changed: Bool = false) throws(StreamError) -> SampleFetcher {
    do throws(AllocationError) {
      let origin: SampleFetcher.Origin =
        switch origin {
        case .files(let reader): .files(reader)
        case .recipe(let sampler): .recipe(try TextureMaker(sampler, threads: threads))
        }
      return try SampleFetcher(recipe, from: origin, threads: threads, changed: changed)
    } catch {
      throw StreamError(.memory, error.message, cause: error)
    }
  }
}
