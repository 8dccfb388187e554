#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The exact likelihood of textures under every class of a model, and what follows from it by Bayes: the probability of each
/// class, and the mean of each parameter, given a texture.
///
/// Of periodic textures it is a sum over modes, which costs one transform; of open ones that of a Gaussian vector of all pixels.
/// Log-normal textures have that of their logarithm. A class whose parameters are ranges is integrated over them.
public final class TextureLikelihood: Sendable {
  /// What the textures are.
  public let model: FieldModel
  /// The choices of each class, one for each scale.
  public let classes: [[Int]]
  /// What a texture may be, in the order of the classes: all hypotheses of a class follow one another.
  public let hypotheses: [Hypothesis]
  /// How the likelihood is computed.
  public let method: Method
  private let engine: Engine

  /// How a likelihood is computed.
  public enum Method: String, Sendable {
    /// Exactly, as a sum over the modes of a periodic texture.
    case modes
    /// Exactly, by the covariance matrix of an open texture's pixels.
    case dense
    /// Approximately, as though an open texture were periodic (Whittle 1954).
    case whittle
  }

  private enum Engine: Sendable {
    case periodic(PeriodicLikelihood)
    case window(WindowLikelihood)
  }

  /// The textures whose likelihoods are computed together.
  public static let batchSize = 8

  /// - Parameters:
  ///   - model: what the textures are: not standardized, not thresholded; if open, of at most 4,096 pixels.
  ///   - classes: the choices of each class, one for each scale.
  ///   - precision: of the pixels.
  ///   - approximately: compute the likelihood of open textures by Whittle's approximation.
  ///   - memoryLimit: the bytes that tables of all hypotheses may take.
  /// - Throws: ``FieldError`` with code `.noLikelihood` where there is none that can be computed; with code `.memory`; or where
  ///   a covariance cannot be drawn.
  public init(
    _ model: FieldModel, classes: [[Int]], precision: PixelPrecision = .single, approximately: Bool = false,
    memoryLimit: Int = .max
  ) throws(FieldError) {
    try Self.refuseUnknown(model, approximately: approximately)
    self.model = model
    self.classes = classes
    hypotheses = try Self.hypotheses(of: model, classes: classes, precision: precision)
    if model.boundary == .open, !approximately {
      method = .dense
      let bytes = 8 * CovarianceFactor.elementCount(model.shape.pixels)
      try Self.refuseMuchMemory(hypotheses.count, bytes, limit: memoryLimit)
      engine = .window(try WindowLikelihood(model, hypotheses, precision: precision))
    } else {
      method = model.boundary == .open ? .whittle : .modes
      let spectra = try HypothesisSpectra(of: hypotheses, on: Grid(periodic: model.shape))
      let order = ModeOrder(model.shape, folded: spectra.areEven)
      try Self.refuseMuchMemory(hypotheses.count, 4 * order.lineCount * order.lineLength, limit: memoryLimit)
      engine = .periodic(try PeriodicLikelihood(model, hypotheses, spectra: spectra, precision: precision))
    }
  }

  private static func refuseMuchMemory(_ hypotheses: Int, _ bytesOfEach: Int, limit: Int) throws(FieldError) {
    let (bytes, overflow) = hypotheses.multipliedReportingOverflow(by: bytesOfEach)
    guard overflow || bytes > limit else { return }
    throw FieldError(
      .memory,
      "the likelihood takes \(bytesOfEach >> 10) KiB for each of \(hypotheses) hypotheses, and \(limit >> 20) MiB is the most it"
        + " can have; use fewer classes, smaller textures or narrower ranges")
  }

  private static func refuseUnknown(_ model: FieldModel, approximately: Bool) throws(FieldError) {
    if model.standardize {
      throw FieldError(
        .noLikelihood,
        "standardized textures have no likelihood that can be computed: expected a model without standardize")
    }
    if case .threshold = model.transform {
      throw FieldError(
        .noLikelihood, "thresholded textures have no likelihood that can be computed: expected identity or lognormal")
    }
    guard model.boundary == .open, !approximately else { return }
    guard model.shape.pixels <= WindowLikelihood.maximumPixels else {
      throw FieldError(
        .noLikelihood,
        "open textures of \(model.shape) pixels: the exact likelihood takes the covariance matrix of all pixels, expected at"
          + " most \(WindowLikelihood.maximumPixels) of them, as 64 x 64; use smaller textures, a periodic boundary, or Whittle's"
          + " approximation (oracle --whittle)")
    }
  }

  /// The number of modes, both signs counted, that the likelihood is a sum over; nil of dense ones.
  public var modeCount: Int? {
    switch engine {
    case .periodic(let likelihood): likelihood.modeCount
    case .window: nil
    }
  }

  /// The bytes of a ``Workspace``, and of what computing takes beside it.
  public var workspaceBytes: Int {
    let batch = Self.batchSize * model.shape.pixels
    let logarithms = model.transform == .lognormal ? 4 * batch : 0
    return switch engine {
    case .periodic(let likelihood): logarithms + likelihood.workspaceBytes
    case .window: logarithms + 8 * batch
    }
  }

  /// Memory of one thread.
  public struct Workspace: ~Copyable {
    fileprivate let periodic: PeriodicLikelihood.Workspace?
    fileprivate let logarithms: AlignedBuffer<Float>

    /// - Throws: ``FieldError`` with code `.memory`.
    public init(for likelihood: TextureLikelihood) throws(FieldError) {
      let isLognormal = likelihood.model.transform == .lognormal
      let pixels = likelihood.model.shape.pixels
      let logarithms = try Self.buffer(count: isLognormal ? TextureLikelihood.batchSize * pixels : 0)
      let periodic = try Self.memory(of: likelihood.engine)
      self.logarithms = logarithms
      self.periodic = periodic
    }

    private static func buffer(count: Int) throws(FieldError) -> AlignedBuffer<Float> {
      do throws(AllocationError) { return try AlignedBuffer(count: count) } catch {
        throw FieldError(.memory, error.message)
      }
    }

    private static func memory(of engine: Engine) throws(FieldError) -> PeriodicLikelihood.Workspace? {
      guard case .periodic(let likelihood) = engine else { return nil }
      do throws(AllocationError) { return try PeriodicLikelihood.Workspace(for: likelihood) } catch {
        throw FieldError(.memory, error.message)
      }
    }
  }

  /// The natural logarithms of textures' likelihoods, up to a term that all hypotheses share.
  ///
  /// - Parameters:
  ///   - textures: shape (count, pixels).
  ///   - count: of the textures, at most ``batchSize``.
  ///   - workspace: of this likelihood.
  /// - Returns: shape (texture, hypothesis); not finite where a pixel is not, or where the logarithm of a log-normal one is not.
  /// - Throws: ``FieldError`` with code `.memory`.
  public func logLikelihoods(
    of textures: UnsafeBufferPointer<Float>, count: Int, in workspace: borrowing Workspace
  ) throws(FieldError) -> [[Double]] {
    let pixels = model.shape.pixels
    precondition(count <= Self.batchSize && textures.count >= count * pixels, "a batch of textures")
    guard var fields = textures.baseAddress, count > 0 else { return [] }
    if model.transform == .lognormal {
      for k in 0..<count * pixels { workspace.logarithms.pointer[k] = log(fields[k]) }
      fields = UnsafePointer(workspace.logarithms.pointer)
    }
    switch engine {
    case .periodic(let likelihood):
      return (0..<count).map { texture in
        switch workspace.periodic {
        case .some(let memory): likelihood.logLikelihoods(of: fields + texture * pixels, in: memory)
        case .none: preconditionFailure("a workspace of this likelihood")
        }
      }
    case .window(let likelihood): return try likelihood.logLikelihoods(of: fields, count: count)
    }
  }

  /// The natural logarithms of the probabilities of the classes given a texture, all classes being equally probable before.
  ///
  /// - Parameter logLikelihoods: of the hypotheses.
  public func logPosteriors(_ logLikelihoods: [Double]) -> [Double] {
    var byClass = [[Double]](repeating: [], count: classes.count)
    for (hypothesis, value) in zip(hypotheses, logLikelihoods) {
      byClass[hypothesis.classIndex].append(value + hypothesis.logWeight)
    }
    let evidence = byClass.map(Self.logSum)
    let all = Self.logSum(evidence)
    return evidence.map { $0 - all }
  }

  /// The mean of a number of the hypotheses, given a texture.
  ///
  /// - Parameters:
  ///   - values: one for each hypothesis.
  ///   - logLikelihoods: of the hypotheses.
  public func posteriorMean(of values: [Double], _ logLikelihoods: [Double]) -> Double {
    let terms = zip(hypotheses, logLikelihoods).map { $0.logWeight + $1 }
    let all = Self.logSum(terms)
    return zip(terms, values).reduce(0) { $0 + exp($1.0 - all) * $1.1 }
  }

  /// The probabilities of the hypotheses given a texture, all classes being equally probable before.
  ///
  /// - Parameter logLikelihoods: of the hypotheses.
  package func hypothesisPosteriors(_ logLikelihoods: [Double]) -> [Double] {
    let terms = zip(hypotheses, logLikelihoods).map { $0.logWeight + $1 }
    let all = Self.logSum(terms)
    return terms.map { exp($0 - all) }
  }

  /// ln of the sum of exponentials.
  private static func logSum(_ values: [Double]) -> Double {
    guard let maximum = values.max(), maximum.isFinite else { return values.max() ?? -.infinity }
    return maximum + log(values.reduce(0) { $0 + exp($1 - maximum) })
  }

  /// log10 of a bound on the probability that the best classifier errs: the sum over all pairs of classes of the Bhattacharyya
  /// coefficient, over the number of classes; nil where classes have ranges or the likelihood is dense.
  ///
  /// - Source: Kailath, "The divergence and Bhattacharyya distance measures in signal selection" (1967).
  public var log10ErrorBound: Double? {
    guard case .periodic(let likelihood) = engine, hypotheses.count == classes.count, classes.count > 1 else {
      return nil
    }
    let logarithms = likelihood.logBhattacharyyaCoefficients()
    return (Self.logSum(logarithms) - log(Double(classes.count))) / log(10)
  }
}

extension TextureLikelihood {
  /// The hypotheses of all classes: of those with ranges, the products of their parameters' grids.
  private static func hypotheses(
    of model: FieldModel, classes: [[Int]], precision: PixelPrecision
  ) throws(FieldError) -> [Hypothesis] {
    var grids: [[[String: ParameterGrid]]] = []
    var information: ParameterInformation?
    for (scale, candidates) in model.scales.map(\.candidates).enumerated() {
      grids.append([])
      for candidate in candidates {
        var own: [String: ParameterGrid] = [:]
        for name in candidate.ranges {
          let known =
            if let information { information } else {
              ParameterInformation(model, grid: try model.likelihoodGrid(), precision: precision)
            }
          information = known
          own[name] = try ParameterGrid(name, of: candidate, scale: scale, known)
        }
        grids[scale].append(own)
      }
    }
    var hypotheses: [Hypothesis] = []
    for (index, choices) in classes.enumerated() {
      // The covariances of the scales so far, with the logarithm of their probability.
      var parts: [(covariances: [CovarianceModel], logWeight: Double)] = [([], 0)]
      for (scale, choice) in choices.enumerated() {
        let candidate = model.scales[scale].candidates[choice]
        var settings: [(values: [String: Double], logWeight: Double)] = [([:], 0)]
        for name in candidate.ranges {
          guard let grid = grids[scale][choice][name] else { continue }
          try refuseMany(parts.count * settings.count * grid.values.count)
          settings = settings.flatMap { setting in
            zip(grid.values, grid.weights).map { value, weight in
              (setting.values.merging([name: value]) { $1 }, setting.logWeight + log(weight))
            }
          }
        }
        parts = parts.flatMap { part in
          settings.map { (part.covariances + [candidate.fixed($0.values)], part.logWeight + $0.logWeight) }
        }
      }
      hypotheses += parts.map {
        Hypothesis(classIndex: index, choices: choices, covariances: $0.covariances, logWeight: $0.logWeight)
      }
    }
    return hypotheses
  }

  private static let maximumHypotheses = 1 << 20

  private static func refuseMany(_ count: Int) throws(FieldError) {
    guard count > maximumHypotheses else { return }
    throw FieldError(
      .noLikelihood,
      "a class with ranges: integrating over them takes \(count) combinations of values, expected at most"
        + " \(maximumHypotheses); use fewer or narrower ranges, smaller textures or more noise")
  }
}
