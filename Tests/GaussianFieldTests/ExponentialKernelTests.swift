import CSpectralKernels
import Foundation
import Testing

/// exp of lognormal pixels.
@Suite struct ExponentialKernelTests {
  private func exponentials(
    _ kernel: (UnsafeMutablePointer<Float>, Int) -> Void, _ values: [Float]
  ) -> [Float] {
    var values = values
    values.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { kernel(base, $0.count) } }
    return values
  }

  /// Numbers of every exponent and both signs, and the neighbours of each of `values`.
  private static func numbers(about values: [Float]) -> [Float] {
    // 4093 is prime, so the bits of the significand differ between exponents.
    let magnitudes = stride(from: UInt32(0), to: Float.infinity.bitPattern, by: 4093).map { Float(bitPattern: $0) }
    let steps = values.flatMap { value in
      (-8...8).map { Float(bitPattern: UInt32(Int64(value.bitPattern) + Int64($0))) }
    }
    return magnitudes + magnitudes.map(-) + steps
  }

  /// Where the result becomes subnormal or infinite, and where the integer power of two changes.
  private static let edges: [Float] =
    [88.72284, -87.33655, -103.2789, -103.97208, 89, -104, 1, -1, .leastNormalMagnitude, .greatestFiniteMagnitude / 2]
    + (-150..<129).map { (Float($0) + 0.5) * Float(M_LN2) }

  @Test func baselineAndWideKernelAgreeAndAreExponentials() {
    let numbers = Self.numbers(about: Self.edges)
    let found = exponentials(gpgen_exponential, numbers)
    let baseline = exponentials(gpgen_exponential_baseline, numbers)
    var (differences, wrong, worst) = (0, 0, 0.0)
    for index in numbers.indices {
      if found[index].bitPattern != baseline[index].bitPattern { differences += 1 }
      let expected = exp(Double(numbers[index]))
      let error = abs(Double(found[index]) - expected)
      if expected > 3.4028236e38 {
        // Beyond the maximum plus half a step, rounding to nearest gives infinity.
        if found[index] < .greatestFiniteMagnitude { wrong += 1 }
      } else if expected >= Double(Float.leastNormalMagnitude) {
        worst = max(worst, error / expected)
      } else if error > 0x1p-22 * expected + 0x1.01p-150 {
        wrong += 1
      }
    }
    #expect(differences == 0)
    #expect(wrong == 0)
    #expect(worst < 0x1p-22, "\(worst)")
  }

  @Test func nonFiniteInputsGiveTheLimits() {
    for kernel in [gpgen_exponential, gpgen_exponential_baseline] {
      let found = exponentials(kernel, [.infinity, -.infinity, .nan, 0, -0.0, 100, -110])
      #expect(found[0] == .infinity && found[1] == 0 && found[2].isNaN)
      #expect(found[3] == 1 && found[4] == 1 && found[5] == .infinity && found[6] == 0)
    }
  }

  /// A value does not depend on its index, and nothing beyond the last is written.
  @Test(arguments: 0...17) func everyCountIsComputed(count: Int) {
    let values = (0..<count).map { Float($0) * 1.7 - 9 }
    for kernel in [gpgen_exponential, gpgen_exponential_baseline] {
      var row = values + [77]
      row.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { kernel(base, count) } }
      #expect(row[count] == 77)
      for index in 0..<count { #expect(row[index] == exponentials(kernel, [values[index]])[0]) }
    }
  }
}
