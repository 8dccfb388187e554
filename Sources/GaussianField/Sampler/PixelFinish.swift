import CSpectralKernels

/// The last step of a texture, after the fields are summed: white noise, then the transform.
///
/// Pixels 2j and 2j + 1 of a row get the normals a and b of the counter c0 = j, c1 = y + 2^16 z with the purpose
/// `.whiteNoise`.
struct PixelFinish: Sendable {
  private let seed: UInt64
  private let noise: Float
  private let transform: PixelTransform
  /// The number of rows in a plane.
  private let height: Int
  private let ones: [Float]

  init(_ model: FieldModel, seed: UInt64) {
    self.seed = seed
    noise = Float(model.noise)
    transform = model.transform
    height =
      switch model.shape {
      case .series: 1
      case .image(let height, _), .volume(_, let height, _): height
      }
    ones = [Float](repeating: 1, count: model.noise == 0 ? 0 : 4096)
  }

  /// Whether pixels are unchanged; then callers skip the call for each row, which costs a tenth of a texture.
  var isIdentity: Bool { noise == 0 && transform == .identity }

  /// Finishes part of a row.
  ///
  /// - Parameters:
  ///   - pixels: the pixels of the row, starting at `first`.
  ///   - count: the number of pixels.
  ///   - first: an even index in the row.
  ///   - row: the row's index, counted over all planes.
  ///   - sample: the sample's index.
  func finish(_ pixels: UnsafeMutablePointer<Float>, count: Int, first: Int = 0, row: Int, sample: Int) {
    if noise != 0 { addNoise(to: pixels, count: count, first: first, row: row, sample: sample) }
    switch transform {
    case .identity: break
    case .lognormal: gpgen_exponential(pixels, count)
    case .threshold(let level):
      let level = Float(level)
      for x in 0..<count { pixels[x] = pixels[x] > level ? 1 : 0 }
    }
  }

  private func addNoise(
    to pixels: UnsafeMutablePointer<Float>, count: Int, first: Int, row: Int, sample: Int
  ) {
    let stream = gpgen_noise_stream(
      seed: seed, sample: UInt32(sample), purpose_and_scale: NoisePurpose.whiteNoise.word(scale: 0))
    let (z, y) = row.quotientAndRemainder(dividingBy: height)
    let word = Int32(truncatingIfNeeded: UInt32(y) | UInt32(z) << 16)
    for start in stride(from: 0, to: count / 2, by: ones.count) {
      gpgen_add_noise(
        stream, word, Int32(first / 2 + start), min(ones.count, count / 2 - start), ones, noise, pixels + 2 * start)
    }
    guard count % 2 == 1 else { return }
    var last: (Float, Float) = (pixels[count - 1], 0)
    withUnsafeMutablePointer(to: &last) { pair in
      pair.withMemoryRebound(to: Float.self, capacity: 2) {
        gpgen_add_noise(stream, word, Int32(first / 2 + count / 2), 1, ones, noise, $0)
      }
    }
    pixels[count - 1] = last.0
  }
}
