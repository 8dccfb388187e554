#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The modes of a smooth field that matter: all but those that together carry at most 1e-12 of its variance.
///
/// Modes are kept in order of their variance, so the kept ones fill a disc of wave vectors. Of each pair of conjugate
/// modes the one with kx >= 0 is meant.
public struct BandLimit: Equatable, Sendable {
  /// The fraction of the variance that may be dropped.
  public static let tolerance = 1e-12

  /// For each kept column kx = 0, 1, ...: the maximum |ky| kept. Not increasing.
  public let rows: [Int]
  /// The fraction of the field's variance in the modes that are dropped.
  public let droppedVariance: Double
  /// The number of modes kept.
  public let modes: Int

  /// - Parameters:
  ///   - spectrum: variance along one axis by |k|, shape (side / 2 + 1), as ``SquaredExponential/axisSpectrum(side:)``
  ///     gives it.
  ///   - side: n, in pixels.
  ///   - withoutMean: reckon without the mode (0, 0), as for a field whose mean is taken out.
  /// - Complexity: O(side).
  public init(spectrum: [Double], side: Int, withoutMean: Bool = false) {
    let half = side / 2
    // k = 0, and k = n/2 of an even side, stand for one wave number; the others for k and -k.
    let multiplicity = (0...half).map { $0 == 0 || 2 * $0 == side ? 1.0 : 2.0 }
    var tail = [Double](repeating: 0, count: half + 2)
    for k in stride(from: half, through: 0, by: -1) { tail[k] = tail[k + 1] + multiplicity[k] * spectrum[k] }
    // Without the mean, tail[0]^2 - spectrum[0]^2, written so that nothing cancels.
    let total = withoutMean ? tail[1] * (2 * spectrum[0] + tail[1]) : tail[0] * tail[0]

    func rows(above threshold: Double) -> [Int] {
      var rows: [Int] = []
      var ky = half
      for kx in 0...half {
        while ky >= 0, spectrum[ky] * spectrum[kx] < threshold { ky -= 1 }
        guard ky >= 0 else { break }
        rows.append(ky)
      }
      return rows
    }
    func dropped(_ rows: [Int]) -> Double {
      var sum = tail[rows.count] * tail[0]
      for (kx, ky) in rows.enumerated() { sum += multiplicity[kx] * spectrum[kx] * tail[ky + 1] }
      return sum / total
    }

    // The maximum threshold, by bisection of its exponent, that drops no more than the tolerance.
    let maximum = spectrum[0] * spectrum[withoutMean ? 1 : 0]
    var low = -200.0
    var high = 0.0
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if dropped(rows(above: maximum * pow(10, middle))) <= Self.tolerance { low = middle } else { high = middle }
    }
    let kept = rows(above: maximum * pow(10, low))
    self.rows = kept
    droppedVariance = dropped(kept)
    let signedRows = { (ky: Int) in 2 * ky + (2 * ky == side ? 0 : 1) }
    modes = kept.reduce(0) { $0 + signedRows($1) }
  }
}
