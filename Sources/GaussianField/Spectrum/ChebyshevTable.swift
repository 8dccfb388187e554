#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A smooth function on 0...end as Chebyshev series on panels of equal width.
struct ChebyshevTable: Sendable {
  /// The number of terms per panel. For exp(i x) on a panel of width 8 the remainder is under 1e-18, like the Bessel
  /// function J_28(4).
  private static let count = 28

  private let width: Double
  /// Shape (panel, term).
  private let coefficients: [Double]

  /// - Parameters:
  ///   - end: the maximum argument.
  ///   - width: the width of a panel.
  ///   - function: evaluated on 0...end and up to one panel beyond.
  init(to end: Double, panelWidth width: Double, _ function: (Double) -> Double) {
    self.width = width
    let count = Self.count
    let panels = Int(end / width) + 1
    // cosines[t][j] is term t at node j.
    let cosines = (0..<count).map { term in
      (0..<count).map { cos(.pi * Double(term) * (Double($0) + 0.5) / Double(count)) }
    }
    coefficients = (0..<panels).flatMap { panel in
      let values = cosines[1].map { function((Double(panel) + ($0 + 1) / 2) * width) }
      return cosines.enumerated().map { term, cosines in
        let sum = zip(values, cosines).reduce(0.0) { $0 + $1.0 * $1.1 }
        return sum * (term == 0 ? 1 : 2) / Double(count)
      }
    }
  }

  /// The function's value, by Clenshaw's recurrence.
  ///
  /// - Precondition: the argument is in 0...end.
  func value(at argument: Double) -> Double {
    let panel = Int(argument / width)
    let x = 2 * (argument / width - Double(panel)) - 1
    var (next, afterNext) = (0.0, 0.0)
    for term in stride(from: Self.count - 1, to: 0, by: -1) {
      (next, afterNext) = (coefficients[panel * Self.count + term] + 2 * x * next - afterNext, next)
    }
    return coefficients[panel * Self.count] + x * next - afterNext
  }
}
