import CCrypto
import CSpectralKernels
import Foundation
import Testing

@testable import GaussianField

@Suite struct Philox4x32Tests {
  /// Random123, `kat_vectors`, philox4x32 with 10 rounds.
  @Test func knownAnswers() {
    let answers: [(counter: SIMD4<UInt32>, key: UInt64, block: SIMD4<UInt32>)] = [
      (SIMD4(repeating: 0), 0, SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)),
      (SIMD4(repeating: .max), .max, SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)),
      (
        SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), 0x299F_31D0_A409_3822,
        SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)
      ),
    ]
    for answer in answers {
      #expect(Philox4x32.block(counter: answer.counter, key: answer.key) == answer.block)
    }
  }
}

@Suite struct NoiseTests {
  /// The kernel's normals: amplitude 1, factor 1, added to zeros.
  private func kernelNormals(
    _ draw: (gpgen_noise_stream, Int32, Int32, Int, UnsafePointer<Float>, Float, UnsafeMutablePointer<Float>) -> Void,
    seed: UInt64, sample: UInt32, scale: Int, ky: Int32, kx: Int32, count: Int
  ) -> [Float] {
    var out = [Float](repeating: 0, count: 2 * count)
    let stream = gpgen_noise_stream(
      seed: seed, sample: sample, purpose_and_scale: NoisePurpose.texture.word(scale: scale))
    draw(stream, kx, ky, count, [Float](repeating: 1, count: count), 1, &out)
    return out
  }

  @Test(arguments: [1, 15, 16, 17, 255], [0 as UInt64, 0x0123_4567_89AB_CDEF])
  func kernelMatchesTheDocumentedMap(count: Int, seed: UInt64) {
    let ky = -Int32(count / 2)
    for kernel in [gpgen_add_noise, gpgen_add_noise_baseline] {
      let drawn = kernelNormals(kernel, seed: seed, sample: 7, scale: 1, ky: ky, kx: 5, count: count)
      for j in 0..<count {
        let (a, b) = ReferenceNoise.normals(seed: seed, sample: 7, scale: 1, ky: Int(ky) + j, kx: 5)
        #expect(drawn[2 * j].bitPattern == (a + 0).bitPattern && drawn[2 * j + 1].bitPattern == (b + 0).bitPattern)
      }
    }
  }

  /// SHA-256 of 100,000 normals, little-endian: the noise is part of the format and does not change.
  @Test func goldenNoise() {
    var bytes: [UInt8] = []
    for kx in 0..<50 as Range<Int32> {
      for value in kernelNormals(gpgen_add_noise, seed: 2018, sample: 3, scale: 0, ky: -500, kx: kx, count: 1000) {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
      }
    }
    var digest = [UInt8](repeating: 0, count: 32)
    SHA256(bytes, bytes.count, &digest)
    #expect(
      digest.map { String(format: "%02x", $0) }.joined()
        == "6f906421206653322aaa14306ac006cbccfcfeec053bdf5984a6c7fcae8671e5")
  }

  /// The polynomials match Foundation's functions in double precision.
  @Test func normalsAreBoxMuller() {
    for i in 0..<20_000 as Range<UInt32> {
      var w = Philox4x32.block(counter: SIMD4(i, 1, 2, 3), key: 99)
      if i < 64 { w.x = 1 << (i % 32) }  // deep into the tail
      if i < 8 { w.x = 0 }
      let u = Double(Float(w.x >> 8) * 0x1p-24 + (Float(w.y >> 8) + 0.5) * 0x1p-48)
      let angle = (Double(w.z >> 30) + Double(Int32(bitPattern: w.z << 2) >> 8) * 0x1p-24) * .pi / 2
      let radius = (-2 * log(u)).squareRoot()
      let (a, b) = ReferenceNoise.normals(w)
      #expect(abs(Double(a) - radius * cos(angle)) < 4e-7 * max(1, radius))
      #expect(abs(Double(b) - radius * sin(angle)) < 4e-7 * max(1, radius))
    }
  }

  /// The mean, variance, fourth moment and correlation of a million normals, each within 5 standard errors: a false
  /// alarm for one seed in 400,000. The seed is fixed.
  @Test func momentsAreNormal() {
    let count = 1 << 19
    let drawn = kernelNormals(gpgen_add_noise, seed: 1, sample: 0, scale: 0, ky: 0, kx: 1, count: count)
    var (sum, square, fourth, cross) = (0.0, 0.0, 0.0, 0.0)
    for j in 0..<count {
      let (a, b) = (Double(drawn[2 * j]), Double(drawn[2 * j + 1]))
      sum += a + b
      square += a * a + b * b
      fourth += a * a * a * a + b * b * b * b
      cross += a * b
    }
    let n = Double(2 * count)
    #expect(abs(sum / n) < 5 / n.squareRoot())
    #expect(abs(square / n - 1) < 5 * (2 / n).squareRoot())
    #expect(abs(fourth / n - 3) < 5 * (96 / n).squareRoot())
    #expect(abs(cross / Double(count)) < 5 / Double(count).squareRoot())
  }
}

@Suite struct HalfTests {
  @Test func wideningIsExact() {
    let halves = (0...UInt16.max).map { $0 }
    for kernel in [gpgen_half_to_float, gpgen_half_to_float_baseline] {
      var floats = [Float](repeating: 0, count: halves.count)
      kernel(halves, &floats, halves.count)
      let wrong = halves.indices.filter { i in
        let expected = Float(Float16(bitPattern: halves[i]))
        return expected.isNaN ? !floats[i].isNaN : floats[i].bitPattern != expected.bitPattern
      }
      #expect(wrong.isEmpty, "first: \(wrong.prefix(3).map { halves[$0] })")
    }
  }

  /// Every binary16 value, its neighbours and the ties between, against the compiler's own rounding.
  @Test func roundsToNearestEven() {
    var values: [Float] = [.nan, .infinity, -.infinity, 65519.996, 65520, 1e30, -1e30, 1e-30, 0, -0.0]
    for bits in 0..<UInt16(0x7C00) {
      let half = Float(Float16(bitPattern: bits))
      let next = bits == 0x7BFF ? 65536 : Float(Float16(bitPattern: bits + 1))
      let tie = (half + next) / 2
      values += [half, -half, tie, -tie, tie.nextUp, tie.nextDown]
    }
    for kernel in [gpgen_float_to_half, gpgen_float_to_half_baseline] {
      var halves = [UInt16](repeating: 0, count: values.count)
      kernel(values, &halves, values.count)
      let wrong = values.indices.filter { i in
        values[i].isNaN
          ? !Float16(bitPattern: halves[i]).isNaN : halves[i] != Float16(values[i]).bitPattern
      }
      #expect(wrong.isEmpty, "first: \(wrong.prefix(3).map { values[$0] })")
    }
  }
}
