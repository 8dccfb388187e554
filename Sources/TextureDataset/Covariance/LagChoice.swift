/// Chooses the lags at which a covariance is measured.
enum LagChoice {
  /// The maximum number of lags over 0.
  static let maximum = 64

  /// Integer lags from 0 to half the shortest extent: all of them, or about ``maximum`` whose spacing grows with the
  /// lag.
  ///
  /// - Parameter count: the maximum number of lags over 0; less than ``maximum`` if lags are expensive.
  static func lags(_ extents: [Int], count: Int = maximum) -> [Int] {
    let last = (extents.min() ?? 0) / 2
    let count = max(1, min(count, last))
    return [0] + (1...count).map { max($0, ($0 * $0 * last + count * count / 2) / (count * count)) }
  }
}
