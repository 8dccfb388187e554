#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The exact likelihood of textures under every class of a model, and the resulting posteriors: the probability of each
/// class and the mean of each parameter, given a texture.
///
/// For periodic textures it is a sum over modes, at the cost of one transform; for open ones it is that of a Gaussian
/// vector of all pixels. Lognormal textures use the likelihood of their logarithm. Classes with ranges are integrated
/// over them.
public final class TextureLikelihood: Sendable {
  /// The model of the textures.
  public let model: FieldModel
  /// The choices of each class, one for each scale.
  public let classes: [[Int]]
  /// The hypotheses about a texture, grouped by class, in the order of the classes.
  public let hypotheses: [Hypothesis]
  /// The method of computation.
  public let method: Method
  private let engine: Engine

  /// The methods of computing a likelihood.
  public enum Method: String, Sendable {
    /// Exact: a sum over the modes of a periodic texture.
    case modes
    /// Exact: from the covariance matrix of an open texture's pixels.
    case dense
    /// Approximate: an open texture is treated as periodic (Whittle 1954).
    case whittle
  }

  private enum Engine: Sendable {
    case periodic(PeriodicLikelihood)
    case window(WindowLikelihood)
  }

  /// The maximum number of textures in a call of ``logLikelihoods(of:count:in:)``.
  public static let batchSize = 8

  /// - Parameters:
  ///   - model: the model of the textures; neither standardized nor thresholded. Open textures have at most 4,096
  ///     pixels.
  ///   - classes: the choices of each class, one for each scale.
  ///   - precision: the precision of the pixels.
  ///   - approximately: use Whittle's approximation for open textures.
  ///   - memoryLimit: the maximum size in bytes of the tables of all hypotheses.
  /// - Throws: ``FieldError`` with code `.noLikelihood` if the likelihood cannot be computed; with code `.memory`; or
  ///   with another code if a covariance cannot be drawn.
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
      "the likelihood takes \(bytesOfEach >> 10) KiB for each hypothesis, \(hypotheses) in all, expected at most"
        + " \(limit >> 20) MiB in total; use fewer classes, smaller textures or narrower ranges")
  }

  private static func refuseUnknown(_ model: FieldModel, approximately: Bool) throws(FieldError) {
    if model.standardize {
      throw FieldError(
        .noLikelihood,
        "standardized textures have no likelihood that can be computed; expected a model without standardize")
    }
    if case .threshold = model.transform {
      throw FieldError(
        .noLikelihood,
        "thresholded textures have no likelihood that can be computed; expected the transform identity or lognormal")
    }
    guard model.boundary == .open, !approximately else { return }
    guard model.shape.pixels <= WindowLikelihood.maximumPixels else {
      throw FieldError(
        .noLikelihood,
        "open textures of \(model.shape) pixels: the exact likelihood needs the covariance matrix of all pixels, expected at"
          + " most \(WindowLikelihood.maximumPixels) of them (64 x 64); use smaller textures, a periodic boundary, or Whittle's"
          + " approximation (oracle --whittle)")
    }
  }

  /// The number of modes, counting both signs, in the likelihood's sum; nil for the dense method.
  public var modeCount: Int? {
    switch engine {
    case .periodic(let likelihood): likelihood.modeCount
    case .window: nil
    }
  }

  /// The size in bytes of a ``Workspace`` and of temporary memory.
  public var workspaceBytes: Int {
    let batch = Self.batchSize * model.shape.pixels
    let logarithms = model.transform == .lognormal ? 4 * batch : 0
    return switch engine {
    case .periodic(let likelihood): logarithms + likelihood.workspaceBytes
    case .window: logarithms + 8 * batch
    }
  }

  /// The scratch memory of one thread.
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

  /// The natural logarithms of textures' likelihoods, up to a term common to all hypotheses.
  ///
  /// - Parameters:
  ///   - textures: shape (count, pixels).
  ///   - count: the number of textures, at most ``batchSize``.
  ///   - workspace: a workspace of this likelihood.
  /// - Returns: shape (texture, hypothesis); not finite for a texture with a pixel that is not finite, or in a
  ///   lognormal texture with a pixel whose logarithm is not.
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

  /// The natural logarithms of the classes' posterior probabilities given a texture, for a uniform prior over classes.
  ///
  /// - Parameter logLikelihoods: one for each hypothesis.
  public func logPosteriors(_ logLikelihoods: [Double]) -> [Double] {
    var byClass = [[Double]](repeating: [], count: classes.count)
    for (hypothesis, value) in zip(hypotheses, logLikelihoods) {
      byClass[hypothesis.classIndex].append(value + hypothesis.logWeight)
    }
    let evidence = byClass.map(Self.logSum)
    let all = Self.logSum(evidence)
    return evidence.map { $0 - all }
  }

  /// The posterior mean of a quantity, given a texture.
  ///
  /// - Parameters:
  ///   - values: the quantity under each hypothesis.
  ///   - logLikelihoods: one for each hypothesis.
  public func posteriorMean(of values: [Double], _ logLikelihoods: [Double]) -> Double {
    let terms = zip(hypotheses, logLikelihoods).map { $0.logWeight + $1 }
    let all = Self.logSum(terms)
    return zip(terms, values).reduce(0) { $0 + exp($1.0 - all) * $1.1 }
  }

  /// The posterior probabilities of the hypotheses given a texture, for a uniform prior over classes.
  ///
  /// - Parameter logLikelihoods: one for each hypothesis.
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

  /// log10 of an upper bound on the Bayes error: the sum of the Bhattacharyya coefficients of all pairs of classes,
  /// divided by the number of classes; nil if classes have ranges or the method is dense.
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
  /// The hypotheses of all classes. A class with ranges has the product of its parameters' grids.
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
      // The covariances of the scales so far, with their log-probability.
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
      "the integral over a class's ranges takes \(count) combinations of values, expected at most \(maximumHypotheses); use"
        + " fewer or narrower ranges, smaller textures or more noise")
  }
}
