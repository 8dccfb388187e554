import CSpectralKernels
import Foundation
import Testing

@Suite struct RowKernelTests {
  /// Distinct numbers, the same in every run.
  private func numbers(_ count: Int) -> [Float] { (0..<count).map { Float(sin(Double($0) * 1.7) + 0.1) } }

  @Test(arguments: [4, 8, 12], [0, 8])
  func gatherTransposes(columns: Int, y: Int) {
    let (pitch, outPitch) = (24, columns + 4)
    let input = numbers(2 * pitch * columns)
    for gather in [gpgen_gather_rows, gpgen_gather_rows_baseline] {
      var out = [Float](repeating: .nan, count: 2 * 8 * outPitch)
      gather(input, pitch, columns, y, &out, outPitch)
      for r in 0..<8 {
        for k in 0..<outPitch {
          for part in 0..<2 {
            let value = out[2 * (r * outPitch + k) + part]
            let expected = k < columns ? input[2 * (k * pitch + y + r) + part] : .nan
            #expect(value == expected || value.isNaN && expected.isNaN)
          }
        }
      }
    }
  }

  /// z[k] = (x[k] + conj x[h - k]) + i w^k (x[k] - conj x[h - k]), for every length and every band; nothing else is
  /// written.
  @Test(arguments: 4...70)
  func foldMatchesItsFormula(half: Int) {
    let twiddle = (0..<half / 2 + 4).flatMap { k in
      let angle = Double.pi * Double(k) / Double(half)
      return [Float(-sin(angle)), Float(cos(angle))]
    }
    let guardValue: Float = 77
    for count in 1...half + 1 {
      var x = [Float](repeating: 0, count: 2 * (half + 12))
      for (i, value) in numbers(2 * count).enumerated() { x[i] = value }
      x[1] = 0
      if count == half + 1 { x[2 * half + 1] = 0 }
      var results: [[Float]] = []
      for fold in [gpgen_fold_half_complex, gpgen_fold_half_complex_baseline] {
        var z = [Float](repeating: guardValue, count: 2 * (half + 8))
        z.withUnsafeMutableBufferPointer {
          for part in [0..<half / 3, half / 3..<half + 1] {
            fold(x, count, half, twiddle, part.lowerBound, part.upperBound, $0.baseAddress! + 8)
          }
        }
        results.append(z)
      }
      #expect(results[0] == results[1])
      let z = results[0]
      var wrong = 0
      for k in 0..<half {
        let (a, b) = (
          (Double(x[2 * k]), Double(x[2 * k + 1])), (Double(x[2 * (half - k)]), -Double(x[2 * (half - k) + 1]))
        )
        let angle = Double.pi * Double(k) / Double(half)
        let (dre, dim) = (a.0 - b.0, a.1 - b.1)
        let expected = (
          a.0 + b.0 - dre * sin(angle) - dim * cos(angle), a.1 + b.1 + dre * cos(angle) - dim * sin(angle)
        )
        let (re, im) = (Double(z[2 * k + 8]), Double(z[2 * k + 9]))
        // Between the bands nothing is written, and the formula gives zero.
        let untouched = re == 77 && im == 77 && expected.0 == 0 && expected.1 == 0
        if !untouched && (abs(re - expected.0) > 1e-5 || abs(im - expected.1) > 1e-5) { wrong += 1 }
      }
      #expect(wrong == 0, "count \(count)")
      #expect(z.prefix(8).allSatisfy { $0 == guardValue } && z.suffix(8).allSatisfy { $0 == guardValue })
    }
  }
}
