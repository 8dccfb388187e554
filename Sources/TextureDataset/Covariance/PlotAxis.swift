import Foundation

/// One axis of a plot: the range of its values, and where its ticks are.
package struct PlotAxis: Sendable {
  package let range: ClosedRange<Double>
  /// Whether equal ratios are equally long.
  package let isLogarithmic: Bool
  package let ticks: [Double]

  /// A linear axis.
  ///
  /// - Parameters:
  ///   - values: that lie on it; those that are not finite are left out.
  ///   - withZero: whether zero is added.
  ///   - isTight: end at the values rather than beyond them.
  package init(linear values: [Double], withZero: Bool = true, isTight: Bool = false) {
    // Beyond these, spans and steps overflow.
    let values = values.filter { abs($0) < 1e150 } + (withZero ? [0] : [])
    var (low, high) = (values.min() ?? 0, values.max() ?? 1)
    // Values so close together that rounding is all there is between them.
    let least = max(1e-9 * max(abs(low), abs(high)), 1e-150)
    if high - low < least {
      (low, high) = withZero || low == 0 ? (low, low + 1) : (low - abs(low) / 2, high + abs(high) / 2)
    }
    let span = high - low
    let margin = isTight ? 0 : 0.06 * span
    range = (low < 0 || !withZero ? low - margin : low - (isTight ? 0 : 0.03 * span))...(high + margin)
    isLogarithmic = false
    let raw = span / 4
    let power = pow(10, floor(log10(raw)))
    let step = ([1, 2, 5, 10].first { $0 * power >= raw } ?? 10) * power
    let range = range
    ticks = (Int((low / step).rounded(.up))...Int((high / step).rounded(.down))).map { Double($0) * step }
      .filter { range.contains($0) }
  }

  /// A linear axis with given ticks.
  package init(range: ClosedRange<Double>, ticks: [Double]) {
    (self.range, self.ticks, isLogarithmic) = (range, ticks, false)
  }

  /// A logarithmic axis.
  ///
  /// - Parameters:
  ///   - values: that lie on it; those that are not positive are left out.
  ///   - given: where the ticks are; at round numbers if not given.
  package init(logarithmic values: [Double], ticks given: [Double]? = nil) {
    let positive = values.filter { $0 > 1e-150 && $0 < 1e150 }
    let (low, high) = (positive.min() ?? 0.1, positive.max() ?? 1)
    let ratio = max(high / low, 1.5)
    range = low / pow(ratio, 0.04)...low * pow(ratio, 1.04)
    isLogarithmic = true
    if let given {
      ticks = given
      return
    }
    let (first, last) = (Int(floor(log10(low))), Int(ceil(log10(low * ratio))))
    let decades = Double(last - first)
    let every = max(1, Int((decades / 5).rounded(.up)))
    let steps: [Double] = decades <= 3 ? [1, 2, 5] : [1]
    let range = range
    ticks = stride(from: first, through: last, by: every).flatMap { power in steps.map { $0 * pow(10, Double(power)) } }
      .filter { range.contains($0) }
  }

  /// Where a value lies, from 0 to 1 inside the range; nil where it has no place.
  package func place(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    guard isLogarithmic else { return (value - range.lowerBound) / (range.upperBound - range.lowerBound) }
    guard value > 0 else { return nil }
    return log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
  }

  /// A tick's label.
  package static func label(_ value: Double) -> String {
    // -0, and what is left of sums of steps.
    abs(value) < 1e-12 ? "0" : String(format: "%.4g", value)
  }
}
