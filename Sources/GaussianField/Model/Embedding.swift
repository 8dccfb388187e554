#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The torus that open textures are cut from, and how exact that is: circulant embedding.
///
/// - Source: Dietrich and Newsam (1997); Graham, Kuo, Nuyens, Scheichl and Sloan, "Analysis of circulant embedding methods
///   for sampling stationary random fields" (2018), arXiv:1710.00751.
public struct Embedding: Hashable, Encodable, Sendable {
  /// The torus's extents, in the order of the axes.
  public let extents: [Int]
  /// The maximum over all candidates of sum |negative eigenvalues| / sum of all; those are set to zero.
  public let negativeFraction: Double
  /// The maximum number of negative eigenvalues of a candidate.
  public let negativeCount: Int
}

extension Embedding {
  /// The fraction of negative eigenvalues that an embedding may have unasked.
  static let tolerance = 1e-12

  /// The fraction of negative eigenvalues that a model's embedding may have.
  static func tolerance(of model: FieldModel) -> Double { max(tolerance, model.allowedClamping) }

  /// The smallest embedding of an open model that every candidate can be drawn on.
  ///
  /// Along each axis it is even, without a factor beyond 7, at least 2 (n - 1), or 2 n where a covariance is tilted. What is
  /// searched for is the number of pixels that it has, along every axis, at least beside the texture.
  ///
  /// - Throws: ``FieldError`` with code `.invalidCovariance` where none that fits into memory will do; it says how near the
  ///   last one came.
  init(for model: FieldModel) throws(FieldError) {
    let shape = model.shape
    let shortest = shape.extents.min() ?? 0
    let tolerance = Self.tolerance(of: model)
    let modes = Self.maximumModes
    // Of a covariance that is not even along each axis the lags n / 2 and -n / 2 differ, and must lie beyond the window.
    let isEven = Self.representatives(of: model).allSatisfy { $0.anisotropy(dimensions: shape.dimensions).isAligned }
    var size = Self.smooth(isEven ? 2 * (shortest - 1) : 2 * shortest)
    var (last, failed): (Embedding?, Int) = (nil, 0)
    var growth = Growth(model, tolerance: tolerance, maximumModes: modes)
    // A size that will do, found by growth.
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
    // The smallest between the last that will not do and this one.
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

  /// All candidates; of those whose parameters are ranges, the ends and the middle of them.
  private static func representatives(of model: FieldModel) -> [CovarianceModel] {
    model.scales.flatMap(\.candidates).flatMap { $0.ranges.isEmpty ? [$0] : $0.corners + [$0.middle] }
  }

  private static func extents(_ shape: FieldShape, padding: Int, _ isEven: Bool) -> [Int] {
    shape.extents.map { smooth(max(isEven ? 2 * ($0 - 1) : 2 * $0, $0 + padding)) }
  }

  /// The smallest even number from `minimum` on that has no factor beyond 7.
  static func smooth(_ minimum: Int) -> Int {
    var candidate = max(2, (minimum + 1) / 2 * 2)
    while true {
      var rest = candidate
      for factor in [2, 3, 5, 7] { while rest % factor == 0 { rest /= factor } }
      if rest == 1 { return candidate }
      candidate += 2
    }
  }

  /// The modes whose eigenvalues and coefficients, some 32 bytes each, fill three quarters of the machine's memory.
  private static var maximumModes: Double {
    0.75 * Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE))) / 32
  }

  /// How the negative eigenvalues fall as an embedding grows.
  private struct Growth {
    /// The covariances that fall as a power.
    private let powers: [any Covariance]
    private let dimensions: Int
    private let tolerance: Double
    private let maximumModes: Double
    /// Those whose torus reaches into the tail.
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

    /// Whether the largest embedding in memory will not do either. Where C falls as a power, so does the fraction; even
    /// twice the steepest power of the last four steps does not reach the tolerance then.
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
          + " quarters of the machine's memory; use a smaller texture or a periodic boundary")
    }
    return FieldError(
      .invalidCovariance,
      place + "\(FieldShape.text(last.extents)) has \(last.negativeCount) negative eigenvalues that make"
        + " \(last.negativeFraction.twoDigits) of the sum of all, expected at most \(tolerance.twoDigits), and one that will do"
        + " does not fit into memory; use a covariance that ends sooner, a periodic boundary, or --allow-clamping"
        + " \((last.negativeFraction * 1.1).twoDigits)")
  }
}
