#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The covariance of an isotropic spectral density, by quadrature:
/// C(r) = integral of S(k) exp(i k r) d^dk / (2 pi)^d = c_d integral over k > 0 of S(k) k^(d-1) kernel_d(k r) dk,
/// where kernel_d(x) is cos x, J_0(x), sin x / x and c_d is 1 / pi, 1 / (2 pi), 1 / (2 pi²) in 1, 2, 3 dimensions.
struct RadialTransform: Sendable {
  /// A piecewise power law.
  struct Density: Sendable {
    struct Piece: Sendable {
      /// Wave numbers, in radians per pixel.
      let (low, high): (Double, Double)
      /// S at the lower limit.
      let value: Double
      let exponent: Double

      init(low: Double, high: Double, value: Double, exponent: Double) {
        (self.low, self.high, self.value, self.exponent) = (low, high, value, exponent)
      }

      func value(at k: Double) -> Double { value * pow(k / low, exponent) }
    }

    let pieces: [Piece]

    init(_ pieces: [Piece]) { self.pieces = pieces }

    func value(at k: Double) -> Double { pieces.first { k >= $0.low && k <= $0.high }?.value(at: k) ?? 0 }
  }

  let dimensions: Int

  /// The exponent p where C decays as r^-p: (d + 1) / 2 for a density that ends in a jump.
  var tailExponent: Double { Double(dimensions + 1) / 2 }

  /// C at a distance in pixels.
  ///
  /// Gauss-Legendre panels on which k at most doubles and k r grows by at most 8: the error of 16 nodes is then 1e-15
  /// of the integral of S |kernel|.
  func covariance(atDistance distance: Double, _ density: Density) -> Double {
    var sum = 0.0
    for piece in density.pieces {
      var low = piece.low
      while low < piece.high {
        let step = min(low, distance > 0 ? 8 / distance : low)
        // Avoid a sliver as the last panel.
        let high = low + 1.01 * step >= piece.high ? piece.high : low + step
        let (middle, half) = ((low + high) / 2, (high - low) / 2)
        for (node, weight) in Self.rule {
          let k = middle + half * node
          sum += half * weight * piece.value(at: k) * measure(k) * kernel(k * distance)
        }
        low = high
      }
    }
    return sum
  }

  /// C as a function of distances up to `end`, from a table whose panels span at most 8 radians of every wave.
  func function(toDistance end: Double, _ density: Density) -> @Sendable (Double) -> Double {
    guard let highest = density.pieces.map(\.high).max() else { return { _ in 0 } }
    let table = ChebyshevTable(to: end, panelWidth: 8 / highest) { covariance(atDistance: $0, density) }
    return { table.value(at: $0) }
  }

  private func measure(_ k: Double) -> Double {
    switch dimensions {
    case 1: 1 / .pi
    case 2: k / (2 * .pi)
    default: k * k / (2 * .pi * .pi)
    }
  }

  private func kernel(_ x: Double) -> Double {
    switch dimensions {
    case 1: cos(x)
    case 2: j0(x)
    default: x == 0 ? 1 : sin(x) / x
    }
  }

  /// The nodes and weights of the 16-point Gauss-Legendre rule on -1...1, by Newton's method.
  private static let rule: [(node: Double, weight: Double)] = (0..<16).map { index in
    let n = 16
    var x = cos(.pi * (Double(index) + 0.75) / (Double(n) + 0.5))
    var slope = 0.0
    for _ in 0..<8 {
      var (before, value) = (1.0, x)
      for degree in 2...n {
        (before, value) = (value, (Double(2 * degree - 1) * x * value - Double(degree - 1) * before) / Double(degree))
      }
      slope = Double(n) * (x * value - before) / (x * x - 1)
      x -= value / slope
    }
    return (x, 2 / ((1 - x * x) * slope * slope))
  }
}
