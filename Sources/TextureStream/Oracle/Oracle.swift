import GaussianField
import Synchronization
import TextureDataset

/// The best possible classifier of textures: Bayes' rule with their exact likelihood.
///
/// No other method exceeds its accuracy, except by chance.
public struct Oracle: Sendable {
  /// The options of an oracle.
  public struct Options: Sendable {
    /// The part to classify; nil for all samples.
    public var split: Split?
    /// The division into parts.
    public var splitRule: SplitRule?
    /// The maximum number of threads; fewer are used if memory is short.
    public var threads: Int
    /// Whether to use Whittle's approximation of the likelihood for open textures.
    public var approximately: Bool

    /// Creates options; the default is all samples with the exact likelihood.
    public init(
      split: Split? = nil, splitRule: SplitRule? = nil, threads: Int = 2, approximately: Bool = false
    ) {
      self.split = split
      self.splitRule = splitRule
      self.threads = threads
      self.approximately = approximately
    }
  }

  /// The likelihood of every class.
  public let likelihood: TextureLikelihood
  /// The dataset hash in reports and files of posteriors.
  public let datasetHash: String
  /// The part; nil for all samples.
  public let split: Split?
  let recipe: Recipe
  private let source: SampleSource
  private let part: SamplePart
  private let threads: Int

  /// - Parameters:
  ///   - source: the source of the textures.
  ///   - options: the options of the oracle.
  ///   - datasetHash: the hash of the dataset that the samples belong to; nil for the source's own.
  /// - Throws: ``StreamError``; with code `.noLikelihood` if the likelihood of the textures cannot be computed.
  public init(_ source: SampleSource, options: Options = Options(), datasetHash: String? = nil) throws(StreamError) {
    self.source = source
    recipe = source.recipe
    split = options.split
    self.datasetHash = datasetHash ?? source.recipe.datasetHash
    part = try SamplePart(options.split, options.splitRule, of: source)
    guard part.count > 0 else {
      throw StreamError(.empty, "the \(options.split?.rawValue ?? "whole") part has no samples; choose other fractions")
    }
    let limit = MemoryLimit.current
    let tables = MemoryLimit.current.bytes / 2
    do throws(FieldError) {
      likelihood = try TextureLikelihood(
        recipe.field, classes: recipe.choicesOfClasses,
        precision: recipe.dtype.precision, approximately: options.approximately,
        memoryLimit: tables)
    } catch {
      throw StreamError(error)
    }
    let perThread =
      likelihood.workspaceBytes + Self.batchSize(likelihood) * recipe.field.shape.pixels * 4
      + source.fetcherBytes(threads: 1, changed: false)
    do throws(DatasetError) {
      try limit.refuse(
        perThread, for: "the likelihood of textures of \(recipe.field.shape) pixels", choose: "smaller textures")
    } catch {
      throw StreamError(.memory, error.message, cause: error)
    }
    threads = max(1, min(options.threads, part.count, limit.bytes / 2 / max(1, perThread)))
  }

  /// The number of samples.
  public var sampleCount: Int { part.count }

  /// The header of a file with this oracle's posteriors.
  public var posteriorsHeader: PosteriorsHeader {
    PosteriorsHeader(
      datasetHash: datasetHash, classNames: (0..<recipe.classCount).map { recipe.className($0) },
      method: likelihood.method.rawValue)
  }

  /// Dense factors are read once for several textures; a transform keeps its texture in the cache.
  private static func batchSize(_ likelihood: TextureLikelihood) -> Int {
    likelihood.method == .dense ? TextureLikelihood.batchSize : 1
  }

  /// Classifies all samples. Blocks.
  ///
  /// - Parameters:
  ///   - posteriors: receives a row for each sample.
  ///   - shouldContinue: called often, on any thread; `false` stops the work.
  ///   - report: called with the number of samples done, on any thread.
  /// - Returns: the report; nil if stopped.
  /// - Throws: ``StreamError``; with code `.unreadable` naming a sample whose pixels have no likelihood.
  public func run(
    writingTo posteriors: PosteriorsWriter? = nil, shouldContinue: @escaping @Sendable () -> Bool = { true },
    report: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(StreamError) -> OracleReport? {
    let parameters = OracleParameter.all(of: recipe, likelihood.hypotheses)
    let queue = SampleQueue(part)
    let empty = OracleTally(
      choices: likelihood.classes, candidateCounts: recipe.field.scales.map(\.candidates.count),
      parameters: parameters.count)
    let shared = Mutex((tally: empty, failure: StreamError?.none, done: 0))
    let isStopped = Atomic(false)
    onThreads(threads) { _ in
      do throws(StreamError) {
        let worker = try Worker(self, parameters, posteriors, tally: empty)
        while true {
          if isStopped.load(ordering: .relaxed) { return }
          guard shouldContinue() else { return isStopped.store(true, ordering: .relaxed) }
          let (row, samples) = queue.next(Self.batchSize(likelihood))
          if samples.isEmpty { break }
          try worker.classify(samples, row: row)
          let done = shared.withLock { shared in
            shared.done += samples.count
            return shared.done
          }
          report(done)
        }
        shared.withLock { $0.tally.add(worker.tally) }
      } catch {
        isStopped.store(true, ordering: .relaxed)
        shared.withLock { $0.failure = $0.failure ?? error }
      }
    }
    let (tally, failure, _) = shared.withLock { $0 }
    if let failure { throw failure }
    if isStopped.load(ordering: .relaxed) { return nil }
    var estimates: [OracleReport.Parameter] = []
    for (parameter, sums) in zip(parameters, tally.parameters) {
      do throws(FieldError) {
        let information = try parameter.information(in: recipe, shouldContinue: shouldContinue)
        guard shouldContinue() else { return nil }
        estimates.append(parameter.report(sums, information))
      } catch {
        throw StreamError(error)
      }
    }
    return OracleReport(tally, of: self, parameters: estimates)
  }

  /// One thread's memory and sums.
  private final class Worker {
    private let oracle: Oracle
    private let parameters: [OracleParameter]
    private let posteriors: PosteriorsWriter?
    private let fetcher: SampleFetcher
    private let textures: AlignedBuffer<Float>
    private let workspace: TextureLikelihood.Workspace
    private(set) var tally: OracleTally

    init(
      _ oracle: Oracle, _ parameters: [OracleParameter], _ posteriors: PosteriorsWriter?, tally: OracleTally
    ) throws(StreamError) {
      self.oracle = oracle
      self.parameters = parameters
      self.posteriors = posteriors
      self.tally = tally
      fetcher = try oracle.source.makeFetcher()
      do throws(AllocationError) {
        textures = try AlignedBuffer(count: Oracle.batchSize(oracle.likelihood) * oracle.recipe.field.shape.pixels)
      } catch {
        throw StreamError(.memory, error.message, cause: error)
      }
      do throws(FieldError) { workspace = try TextureLikelihood.Workspace(for: oracle.likelihood) } catch {
        throw StreamError(error)
      }
    }

    /// Classifies samples together.
    func classify(_ samples: [Int], row: Int) throws(StreamError) {
      let (pixels, likelihood) = (oracle.recipe.field.shape.pixels, oracle.likelihood)
      var values: [[Double]] = []
      do throws(DatasetError) {
        for (place, sample) in samples.enumerated() {
          try fetcher.fetch(sample: sample, as: nil, into: textures.pointer + place * pixels)
        }
      } catch {
        throw StreamError(error.code == .memory ? .memory : .unreadable, error.message, cause: error)
      }
      do throws(FieldError) {
        let batch = UnsafeBufferPointer(start: textures.pointer, count: samples.count * pixels)
        values = try likelihood.logLikelihoods(of: batch, count: samples.count, in: workspace)
      } catch {
        throw StreamError(error)
      }
      for (place, (sample, logLikelihoods)) in zip(samples, values).enumerated() {
        guard logLikelihoods.allSatisfy(\.isFinite) else {
          throw StreamError(
            .unreadable,
            "sample \(sample) has no likelihood: a pixel is not finite\(likelihood.model.transform == .lognormal ? ", or not positive" : "");"
              + " check the file with gpgen verify")
        }
        let label = oracle.recipe.classIndex(ofSample: sample)
        let logPosteriors = likelihood.logPosteriors(logLikelihoods)
        tally.add(label: label, logPosteriors: logPosteriors)
        if !parameters.isEmpty { estimate(sample, logLikelihoods) }
        do throws(DatasetError) {
          try posteriors?.write(row: row + place, sample: sample, label: label, logPosteriors: logPosteriors)
        } catch {
          throw StreamError(.unreadable, error.message, cause: error)
        }
      }
    }

    /// Scores the estimates of a sample's parameters.
    private func estimate(_ sample: Int, _ logLikelihoods: [Double]) {
      let weights = oracle.likelihood.hypothesisPosteriors(logLikelihoods)
      let covariances = oracle.recipe.covariances(ofSample: sample)
      for (index, parameter) in parameters.enumerated() {
        parameter.score(index, covariances, posteriors: weights, in: &tally)
      }
    }
  }
}

extension StreamError {
  /// An error about a field without a likelihood, or about insufficient memory.
  init(_ error: FieldError) {
    switch error.code {
    case .memory: self.init(.memory, error.message, cause: error)
    case .noLikelihood: self.init(.noLikelihood, error.message, cause: error)
    default: self.init(unreadable: error)
    }
  }
}
