#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The modes of a field that matter: all but those that together carry at most 1e-12 of its variance.
///
/// Modes are kept in order of their variance. Of each pair of conjugate modes the one with kx >= 0 is meant.
public struct BandLimit: Equatable, Sendable {
  /// The fraction of the variance that may be dropped.
  public static let tolerance = 1e-12

  /// For each kept column kx = 0, 1, ...: the maximum |ky| kept.
  public let rows: [Int]
  /// The fraction of the field's variance in the modes that are dropped.
  public let droppedVariance: Double
  /// The number of modes kept.
  public let modes: Int

  /// - Parameters:
  ///   - spectrum: of the field.
  ///   - grid: that it is drawn on.
  ///   - withoutMean: reckon without the mode (0, 0), as for a field whose mean is taken out.
  /// - Complexity: O(number of values).
  public init(_ spectrum: Spectrum, on grid: Grid, withoutMean: Bool = false) {
    let (height, width) = (grid.extents[0], grid.extents[1])
    switch spectrum {
    case .separable(let axes):
      self.init(Separable(axes, height: height, width: width), withoutMean: withoutMean)
    case .dense, .even:
      self.init(Dense(spectrum.dense(on: grid), height: height, width: width), withoutMean: withoutMean)
    }
  }

  private init(_ modes: some Modes, withoutMean: Bool) {
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
    self.modes = rows.reduce(0) { $0 + 2 * $1 + (2 * $1 == modes.height ? 0 : 1) }
  }
}

/// The variances of modes, as a band limit is chosen by them.
private protocol Modes {
  var height: Int { get }

  /// The variance of all modes, or of all but (0, 0).
  func total(withoutMean: Bool) -> Double
  /// The maximum variance of a mode; without the mean, of another than (0, 0).
  func maximum(withoutMean: Bool) -> Double
  /// For each column up to the last that has a mode of at least this variance: the maximum |ky| of such a mode.
  func rows(above threshold: Double) -> [Int]
  /// The variance of the modes beyond these rows.
  func dropped(_ rows: [Int]) -> Double
}

/// Modes whose variance is a product that falls with |ky| and kx: those above a threshold fill a disc.
private struct Separable: Modes {
  let height: Int
  private let width: Int
  private let y: [Double]
  private let x: [Double]
  /// The variance along an axis of all signed wave numbers from |k| on.
  private let tailY: [Double]
  private let tailX: [Double]

  init(_ axes: [[Double]], height: Int, width: Int) {
    (self.height, self.width) = (height, width)
    (y, x) = (axes[0], axes[1])
    (tailY, tailX) = (Self.tail(axes[0], height), Self.tail(axes[1], width))
  }

  private static func tail(_ spectrum: [Double], _ side: Int) -> [Double] {
    var tail = [Double](repeating: 0, count: spectrum.count + 1)
    for k in spectrum.indices.reversed() { tail[k] = tail[k + 1] + Spectrum.multiplicity(k, side) * spectrum[k] }
    return tail
  }

  func total(withoutMean: Bool) -> Double {
    guard withoutMean else { return tailY[0] * tailX[0] }
    // tail[0]^2 - spectrum[0]^2, written so that nothing cancels; for equal axes in the form that `bytes_version` 1 has.
    return y == x ? tailY[1] * (2 * y[0] + tailY[1]) : tailY[1] * tailX[0] + y[0] * tailX[1]
  }

  func maximum(withoutMean: Bool) -> Double { withoutMean ? max(y[0] * x[1], y[1] * x[0]) : y[0] * x[0] }

  func rows(above threshold: Double) -> [Int] {
    var rows: [Int] = []
    var ky = y.count - 1
    for kx in x.indices {
      while ky >= 0, y[ky] * x[kx] < threshold { ky -= 1 }
      guard ky >= 0 else { break }
      rows.append(ky)
    }
    return rows
  }

  func dropped(_ rows: [Int]) -> Double {
    var sum = tailX[rows.count] * tailY[0]
    for (kx, ky) in rows.enumerated() { sum += Spectrum.multiplicity(kx, width) * x[kx] * tailY[ky + 1] }
    return sum
  }
}

/// Modes with a variance each.
private struct Dense: Modes {
  let height: Int
  private let width: Int
  private let columns: Int
  /// For each column, the larger of the variances at ky and -ky, by |ky|.
  private let larger: [[Double]]
  /// For each column, the variance of all modes from |ky| on, with their conjugates.
  private let tail: [[Double]]

  init(_ variances: [Double], height: Int, width: Int) {
    (self.height, self.width) = (height, width)
    let columns = width / 2 + 1
    self.columns = columns
    func variance(_ ky: Int, _ kx: Int) -> Double { variances[ky * columns + kx] }
    larger = (0..<columns).map { kx in
      (0...height / 2).map { ky in max(variance(ky, kx), variance((height - ky) % height, kx)) }
    }
    tail = (0..<columns).map { kx in
      var tail = [Double](repeating: 0, count: height / 2 + 2)
      for ky in (0...height / 2).reversed() {
        let both = ky == 0 || 2 * ky == height ? variance(ky, kx) : variance(ky, kx) + variance(height - ky, kx)
        tail[ky] = tail[ky + 1] + Spectrum.multiplicity(kx, width) * both
      }
      return tail
    }
  }

  func total(withoutMean: Bool) -> Double {
    let all = tail.reduce(0) { $0 + $1[0] }
    return withoutMean ? all - larger[0][0] : all
  }

  func maximum(withoutMean: Bool) -> Double {
    larger.enumerated().reduce(0) { maximum, column in
      max(maximum, (withoutMean && column.offset == 0 ? column.element.dropFirst() : column.element[...]).max() ?? 0)
    }
  }

  func rows(above threshold: Double) -> [Int] {
    // A column without such a mode keeps its mode at ky = 0 where columns with one follow.
    let rows = larger.map { column in column.lastIndex { $0 >= threshold } }
    guard let last = rows.lastIndex(where: { $0 != nil }) else { return [] }
    return rows[...last].map { $0 ?? 0 }
  }

  func dropped(_ rows: [Int]) -> Double {
    let kept = rows.enumerated().reduce(0) { $0 + tail[$1.offset][$1.element + 1] }
    return tail[rows.count...].reduce(kept) { $0 + $1[0] }
  }
}
