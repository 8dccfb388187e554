#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The modes of a field that are kept: all except the weakest, which together carry at most 1e-12 of its variance.
///
/// Each pair of conjugate modes is represented by the one with kx >= 0. A line consists of all modes with one kx and
/// one |kz|; a series is one line, indexed by ky.
public struct BandLimit: Equatable, Sendable {
  /// The maximum fraction of the variance to drop.
  public static let tolerance = 1e-12

  /// For each kept column kx = 0, 1, ... and each |kz| in it, the maximum |ky| kept; -1 for a line without modes.
  /// Images and series have one |kz|.
  public let rows: [Int]
  /// The number of |kz|: n_z / 2 + 1.
  public let planeCount: Int
  /// The fraction of the field's variance that is dropped.
  public let droppedVariance: Double
  /// The number of kept modes.
  public let modes: Int

  /// The number of kept columns.
  public var columnCount: Int { rows.count / planeCount }

  /// - Parameters:
  ///   - spectrum: the field's spectrum.
  ///   - grid: the grid of the spectrum.
  ///   - withoutMean: ignore mode 0, for a field whose mean is removed.
  /// - Complexity: O(number of values).
  public init(_ spectrum: Spectrum, on grid: Grid, withoutMean: Bool = false) {
    switch spectrum {
    case .separable(let axes):
      self.init(SeparableModes(axes, on: grid), on: grid, withoutMean: withoutMean)
    case .even(let variances):
      self.init(DenseModes(even: variances, on: grid), on: grid, withoutMean: withoutMean)
    case .dense(let variances):
      self.init(DenseModes(variances, on: grid), on: grid, withoutMean: withoutMean)
    }
  }

  private init(_ modes: some Modes, on grid: Grid, withoutMean: Bool) {
    // Bisect the exponent of the threshold for the maximum that drops no more than the tolerance.
    let total = modes.total(withoutMean: withoutMean)
    let maximum = modes.maximum(withoutMean: withoutMean)
    var low = -200.0
    var high = 0.0
    for _ in 0..<60 {
      let middle = (low + high) / 2
      let dropped = modes.dropped(modes.rows(above: maximum * pow(10, middle))) / total
      if dropped <= Self.tolerance { low = middle } else { high = middle }
    }
    rows = modes.rows(above: maximum * pow(10, low))
    droppedVariance = modes.dropped(rows) / total
    let extents = grid.modeExtents
    let planeCount = extents.z / 2 + 1
    self.planeCount = planeCount
    self.modes = rows.enumerated().reduce(0) { count, line in
      let planes = Int(Spectrum.multiplicity(line.offset % planeCount, extents.z))
      return count + planes * max(0, 2 * line.element + (2 * line.element == extents.y ? 0 : 1))
    }
  }
}

/// The variances of modes, from which a band limit is computed.
protocol Modes {
  /// The variance of all modes, optionally except mode 0.
  func total(withoutMean: Bool) -> Double
  /// The maximum variance of a mode, optionally except mode 0.
  func maximum(withoutMean: Bool) -> Double
  /// For each line, the maximum |ky| of a mode with at least this variance, or -1; up to the last column with such a
  /// mode.
  func rows(above threshold: Double) -> [Int]
  /// The variance of the modes beyond these rows.
  func dropped(_ rows: [Int]) -> Double
}
