import Foundation

@testable import GaussianField

/// A slow, obvious implementation of `schemas/noise.md`: one mode at a time, in scalars.
enum ReferenceNoise {
  static func normals(_ w: SIMD4<UInt32>) -> (Float, Float) {
    let u = Float(w.x >> 8) * 0x1p-24 + (Float(w.y >> 8) + 0.5) * 0x1p-48
    let bits = Int32(bitPattern: u.bitPattern)
    let exponent = (bits &- 0x3F35_04F3) >> 23
    let m = Float(bitPattern: UInt32(bitPattern: bits &- exponent << 23))
    let s = (m - 1) / (m + 1)
    let z = s * s
    let tail = (((0x1.c71c72p-3 * z + 0x1.24924ap-2) * z + 0x1.99999ap-2) * z + 0x1.555556p-1) * z
    let logarithm = Float(exponent) * 0x1.62e43p-1 + (2 * s + s * tail)
    let radius = (logarithm * -2).squareRoot()

    let t = Float(Int32(bitPattern: w.z << 2) >> 8) * 0x1.921fb6p-24
    let t2 = t * t
    let sine: Float = t + t * t2 * ((-0x1.9943f2p-13 * t2 + 0x1.11073cp-7) * t2 - 0x1.555546p-3)
    let cosine: Float = 1 - 0.5 * t2 + t2 * t2 * ((0x1.99eb9cp-16 * t2 - 0x1.6c0c34p-10) * t2 + 0x1.55554ap-5)
    switch w.z >> 30 {
    case 0: return (radius * cosine, radius * sine)
    case 1: return (radius * -sine, radius * cosine)
    case 2: return (radius * -cosine, radius * -sine)
    default: return (radius * sine, radius * -cosine)
    }
  }

  /// The two normals of a counter.
  static func normals(counter: SIMD4<UInt32>, seed: UInt64) -> (Double, Double) {
    let (a, b) = normals(Philox4x32.block(counter: counter, key: seed))
    return (Double(a), Double(b))
  }

  /// The two normals of a mode.
  static func normals(seed: UInt64, sample: Int, scale: Int, ky: Int, kx: Int) -> (Float, Float) {
    let counter = SIMD4(
      UInt32(bitPattern: Int32(ky)), UInt32(bitPattern: Int32(kx)), NoisePurpose.texture.word(scale: scale),
      UInt32(sample))
    return normals(Philox4x32.block(counter: counter, key: seed))
  }
}
