/// Which lags a covariance is measured at.
enum LagChoice {
  /// The maximum number of lags over 0.
  static let maximum = 64

  /// Whole pixels from 0 to half the shortest extent: all of them, or ``maximum`` whose distances grow with the lag.
  ///
  /// - Parameter count: fewer lags than ``maximum``, where each of them costs much.
  static func lags(_ extents: [Int], count: Int = maximum) -> [Int] {
    let last = (extents.min() ?? 0) / 2
    let count = max(1, min(count, last))
    return [0] + (1...count).map { max($0, ($0 * $0 * last + count * count / 2) / (count * count)) }
  }
}
