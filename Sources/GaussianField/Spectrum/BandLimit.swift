#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The modes of a field that matter: all but those that together carry at most 1e-12 of its variance.
///
/// Modes are kept in order of their variance. Of each pair of conjugate modes the one with kx >= 0 is meant. A line is all
/// modes of one kx and one |kz|; a series is one line, along which ky counts.
public struct BandLimit: Equatable, Sendable {
  /// The fraction of the variance that may be dropped.
  public static let tolerance = 1e-12

  /// For each kept column kx = 0, 1, ... and in it for each |kz|: the maximum |ky| kept, -1 of a line without modes. In
  /// images and series there is one |kz|.
  public let rows: [Int]
  /// The number of |kz|: n_z / 2 + 1.
  public let planeCount: Int
  /// The fraction of the field's variance in the modes that are dropped.
  public let droppedVariance: Double
  /// The number of modes kept.
  public let modes: Int

  /// The number of kept columns.
  public var columnCount: Int { rows.count / planeCount }

  /// - Parameters:
  ///   - spectrum: of the field.
  ///   - grid: that it is drawn on.
  ///   - withoutMean: reckon without the mode 0, as for a field whose mean is taken out.
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
    // The maximum threshold, by bisection of its exponent, that drops no more than the tolerance.
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

/// The variances of modes, as a band limit is chosen by them.
protocol Modes {
  /// The variance of all modes, or of all but mode 0.
  func total(withoutMean: Bool) -> Double
  /// The maximum variance of a mode; without the mean, of another than mode 0.
  func maximum(withoutMean: Bool) -> Double
  /// For each line of the columns up to the last that has a mode of at least this variance: the maximum |ky| of such a
  /// mode, or -1.
  func rows(above threshold: Double) -> [Int]
  /// The variance of the modes beyond these rows.
  func dropped(_ rows: [Int]) -> Double
}
