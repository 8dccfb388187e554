import Foundation

@testable import GaussianField

/// A slow, obvious sampler: eigenvalues by a sum over the torus, every mode, a naive transform.
enum ReferenceSampler {
  /// - Returns: shape (n, n), row-major.
  static func texture(
    side n: Int, lengthScales: [Double], weights: [Double], standardize: Bool = false, seed: UInt64, sample: Int
  ) -> [Double] {
    var total = [Double](repeating: 0, count: n * n)
    for (scale, lengthScale) in lengthScales.enumerated() {
      var field = transform(coefficients(n, lengthScale, seed, sample, scale), n)
      if standardize {
        let mean = field.reduce(0, +) / Double(n * n)
        let deviation = (field.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n * n)).squareRoot()
        field = field.map { ($0 - mean) / deviation }
      }
      for i in field.indices { total[i] += weights[scale] * field[i] }
    }
    return total
  }

  /// Eigenvalues of the torus covariance along one axis, by |k|: its discrete Fourier transform, term by term.
  static func eigenvalues(side n: Int, lengthScale: Double) -> [Double] {
    (0...n / 2).map { k in
      (0..<n).reduce(0.0) { sum, d in
        let images = (-40...40).reduce(0.0) {
          let r = Double(d + $1 * n)
          return $0 + exp(-r * r / (2 * lengthScale * lengthScale))
        }
        return sum + images * cos(2 * .pi * Double(k * d) / Double(n))
      }
    }
  }

  private static func coefficients(
    _ n: Int, _ lengthScale: Double, _ seed: UInt64, _ sample: Int, _ scale: Int
  ) -> [(Double, Double)] {
    let eigenvalue = eigenvalues(side: n, lengthScale: lengthScale).map { max(0, $0) }
    func signed(_ index: Int) -> Int { 2 * index < n ? index : index - n }
    var result = [(Double, Double)](repeating: (0, 0), count: n * n)
    for iy in 0..<n {
      for ix in 0..<n {
        let (ky, kx) = (signed(iy), signed(ix))
        let deviation = (eigenvalue[abs(ky)] * eigenvalue[abs(kx)]).squareRoot() / Double(n)
        let selfY = ky == 0 || 2 * ky == -n
        let selfX = kx == 0 || 2 * kx == -n
        if selfX && selfY {
          let (a, _) = ReferenceNoise.normals(seed: seed, sample: sample, scale: scale, ky: ky, kx: abs(kx))
          result[iy * n + ix] = (deviation * Double(a), 0)
        } else {
          // The drawn half plane: kx > 0, or ky > 0 on the self-conjugate lines.
          let drawn = selfX ? ky > 0 : kx > 0
          let row = drawn || 2 * ky == -n ? ky : -ky
          let (a, b) = ReferenceNoise.normals(seed: seed, sample: sample, scale: scale, ky: row, kx: abs(kx))
          let half = deviation / 2.0.squareRoot()
          result[iy * n + ix] = (half * Double(a), (drawn ? 1 : -1) * half * Double(b))
        }
      }
    }
    return result
  }

  private static func transform(_ coefficients: [(Double, Double)], _ n: Int) -> [Double] {
    let wave = (0..<n).map { (cos(2 * .pi * Double($0) / Double(n)), sin(2 * .pi * Double($0) / Double(n))) }
    var rows = [(Double, Double)](repeating: (0, 0), count: n * n)
    for iy in 0..<n {
      for x in 0..<n {
        for ix in 0..<n {
          let (c, w) = (coefficients[iy * n + ix], wave[ix * x % n])
          rows[iy * n + x].0 += c.0 * w.0 - c.1 * w.1
          rows[iy * n + x].1 += c.0 * w.1 + c.1 * w.0
        }
      }
    }
    var field = [Double](repeating: 0, count: n * n)
    for y in 0..<n {
      for x in 0..<n {
        for iy in 0..<n {
          let (c, w) = (rows[iy * n + x], wave[iy * y % n])
          field[y * n + x] += c.0 * w.0 - c.1 * w.1
        }
      }
    }
    return field
  }
}
