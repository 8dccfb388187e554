import Foundation

/// The squared exponential covariance on the n x n torus, as far as a recipe speaks of it.
///
/// The periodised covariance is the sum of C(r) = exp(-r² / (2 l²)) over all images of the origin. It is the
/// product of one factor a(x) for each axis, a(x) = sum over integers m of exp(-(x + m n)² / (2 l²)).
struct PeriodicCovariance {
  /// Covariance at distance 0: a(0)², which is 1 for an l small against n.
  let variance: Double
  /// The lowest correlation on the torus, half a period away along both axes: (a(n/2) / a(0))².
  let lowestCorrelation: Double

  /// - Parameters:
  ///   - lengthScale: l in pixels, positive and finite.
  ///   - side: n in pixels.
  init(lengthScale: Double, side: Int) {
    let ratio = lengthScale / Double(side)
    let near: Double
    let far: Double
    if ratio < 0.5 {
      // The images' sum itself; the first one left out is below exp(-98).
      near = 1 + 2 * (1...6).reduce(0) { $0 + exp(-Double($1 * $1) / (2 * ratio * ratio)) }
      far = 2 * (0...6).reduce(0) { $0 + exp(-(Double($1) + 0.5) * (Double($1) + 0.5) / (2 * ratio * ratio)) }
    } else {
      // The same by Poisson's summation formula, which converges where the images overlap.
      let q = exp(-2 * Double.pi * Double.pi * ratio * ratio)
      let scale = ratio * (2 * Double.pi).squareRoot()
      near = scale * (1 + 2 * (q + pow(q, 4) + pow(q, 9)))
      far = scale * (1 + 2 * (-q + pow(q, 4) - pow(q, 9)))
    }
    variance = near * near
    lowestCorrelation = (far / near) * (far / near)
  }
}
