#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The torus from which open textures are cut (circulant embedding), and how exact this is.
///
/// - Source: Dietrich and Newsam (1997); Graham, Kuo, Nuyens, Scheichl and Sloan, "Analysis of circulant embedding
///   methods for sampling stationary random fields" (2018), arXiv:1710.00751.
public struct Embedding: Hashable, Encodable, Sendable {
  /// The torus's extents, in the order of the axes.
  public let extents: [Int]
  /// The maximum over all candidates of sum |negative eigenvalues| / sum of all. Negative eigenvalues are set to zero.
  public let negativeFraction: Double
  /// The maximum number of negative eigenvalues of a candidate.
  public let negativeCount: Int
}

extension Embedding {
  /// The maximum fraction of negative eigenvalues, by default.
  static let tolerance = 1e-12

  /// The maximum fraction of negative eigenvalues of a model's embedding.
  static func tolerance(of model: FieldModel) -> Double { max(tolerance, model.allowedClamping) }

  /// The smallest embedding of an open model on which every candidate can be drawn.
  ///
  /// Each extent is even, has no prime factor above 7, and is at least 2 (n - 1), or 2 n if a covariance is tilted. The
  /// search is over the minimum padding, the number of pixels added along every axis.
  ///
  /// - Throws: ``FieldError`` with code `.invalidCovariance` if no sufficient embedding fits in memory; the message
  ///   says how close the last one came.
  init(for model: FieldModel) throws(FieldError) {
    let shape = model.shape
    let shortest = shape.extents.min() ?? 0
    let tolerance = Self.tolerance(of: model)
    let modes = Self.maximumModes
    // If a covariance is not even along each axis, the lags n / 2 and -n / 2 differ and must lie outside the window.
    let isEven = Self.representatives(of: model).allSatisfy { $0.anisotropy(dimensions: shape.dimensions).isAligned }
    var size = Self.smooth(isEven ? 2 * (shortest - 1) : 2 * shortest)
    var (last, failed): (Embedding?, Int) = (nil, 0)
    var growth = Growth(model, tolerance: tolerance, maximumModes: modes)
    // Grow until the size is sufficient.
    var found: Embedding?
    while found == nil {
      let extents = Self.extents(shape, padding: size - shortest, isEven)
      guard extents.reduce(1.0, { $0 * Double($1) }) <= modes, !growth.isHopeless else {
        throw Self.error(model, last, extents, tolerance)
      }
      let embedding = try Embedding(model, extents)
      last = embedding
      if embedding.negativeFraction <= tolerance {
        found = embedding
      } else {
        failed = size
        growth.add(embedding)
        size = Self.smooth(size + max(2, size / 4))
      }
    }
    guard var found else {
      throw Self.error(model, last, Self.extents(shape, padding: size - shortest, isEven), tolerance)
    }
    // Then bisect between the last insufficient size and this one.
    var sizes: [Int] = []
    var candidate = Self.smooth(failed + 1)
    while failed > 0, candidate < size {
      sizes.append(candidate)
      candidate = Self.smooth(candidate + 1)
    }
    while !sizes.isEmpty {
      let middle = sizes.count / 2
      let embedding = try Embedding(model, Self.extents(shape, padding: sizes[middle] - shortest, isEven))
      if embedding.negativeFraction <= tolerance {
        found = embedding
        sizes.removeSubrange(middle...)
      } else {
        sizes.removeSubrange(...middle)
      }
    }
    self = found
  }

  private init(_ model: FieldModel, _ extents: [Int]) throws(FieldError) {
    let grid = Grid(open: model.shape, embedding: extents)
    var (fraction, count) = (0.0, 0)
    for candidate in Self.representatives(of: model) {
      let spectrum = try candidate.embeddedSpectrum(on: grid)
      fraction = max(fraction, spectrum.negativeFraction)
      count = max(count, spectrum.negativeCount)
    }
    self.init(extents: extents, negativeFraction: fraction, negativeCount: count)
  }

  /// All candidates; for candidates with ranges, the ends and the middle of each range.
  private static func representatives(of model: FieldModel) -> [CovarianceModel] {
    model.scales.flatMap(\.candidates).flatMap { $0.ranges.isEmpty ? [$0] : $0.corners + [$0.middle] }
  }

  private static func extents(_ shape: FieldShape, padding: Int, _ isEven: Bool) -> [Int] {
    shape.extents.map { smooth(max(isEven ? 2 * ($0 - 1) : 2 * $0, $0 + padding)) }
  }

  /// The smallest even number that is at least `minimum` and has no prime factor above 7.
  static func smooth(_ minimum: Int) -> Int {
    var candidate = max(2, (minimum + 1) / 2 * 2)
    while true {
      var rest = candidate
      for factor in [2, 3, 5, 7] { while rest % factor == 0 { rest /= factor } }
      if rest == 1 { return candidate }
      candidate += 2
    }
  }

  /// The number of modes whose eigenvalues and coefficients, about 32 bytes each, fill three quarters of physical
  /// memory.
  private static var maximumModes: Double {
    0.75 * Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE))) / 32
  }

  /// How the negative eigenvalues decrease as an embedding grows.
  private struct Growth {
    /// The covariances that decay as a power.
    private let powers: [any Covariance]
    private let dimensions: Int
    private let tolerance: Double
    private let maximumModes: Double
    /// The embeddings large enough to reach the tail.
    private var steps: [(modes: Double, fraction: Double)] = []

    init(_ model: FieldModel, tolerance: Double, maximumModes: Double) {
      let dimensions = model.shape.dimensions
      powers = Embedding.representatives(of: model).map(\.covariance).filter {
        $0.tailExponent(dimensions: dimensions) != nil
      }
      self.dimensions = dimensions
      self.tolerance = tolerance
      self.maximumModes = maximumModes
    }

    mutating func add(_ embedding: Embedding) {
      let half = Double(embedding.extents.min() ?? 0) / 2
      let isTail = powers.allSatisfy { covariance in
        func value(_ distance: Double) -> Double { covariance.value(atDistance: distance, dimensions: dimensions) }
        return value(half).magnitude < 0.05 * value(0)
      }
      if isTail {
        steps.append((embedding.extents.reduce(1) { $0 * Double($1) }, embedding.negativeFraction))
      }
    }

    /// Whether even the largest embedding that fits in memory is insufficient. If C decays as a power, so does the
    /// fraction: extrapolate with twice the steepest exponent of the last four steps.
    var isHopeless: Bool {
      guard !powers.isEmpty, steps.count > 4, let last = steps.last else { return false }
      let exponents = zip(steps.suffix(5), steps.suffix(4)).map { earlier, later in
        log(later.fraction / earlier.fraction) / log(later.modes / earlier.modes)
      }
      let steepest = exponents.min() ?? 0
      return last.fraction * pow(maximumModes / last.modes, 2 * min(0, steepest)) > tolerance
    }
  }

  private static func error(
    _ model: FieldModel, _ last: Embedding?, _ next: [Int], _ tolerance: Double
  ) -> FieldError {
    let place = "boundary open, \(model.shape): the embedding of "
    guard let last else {
      let bytes = next.reduce(32.0) { $0 * Double($1) }
      return FieldError(
        .invalidCovariance,
        place + "\(FieldShape.text(next)) takes \((bytes / 0x1p30).rounded(.up).plain) GiB, expected at most three"
          + " quarters of physical memory; use a smaller texture or a periodic boundary")
    }
    return FieldError(
      .invalidCovariance,
      place + "\(FieldShape.text(last.extents)) has \(last.negativeCount) negative"
        + " eigenvalue\(last.negativeCount == 1 ? "" : "s"), \(last.negativeFraction.twoDigits) of the sum of all, expected at"
        + " most \(tolerance.twoDigits), and a sufficient one does not fit in memory; use a covariance with a shorter tail, a"
        + " periodic boundary, or --allow-clamping \((last.negativeFraction * 1.1).twoDigits)")
  }
}
