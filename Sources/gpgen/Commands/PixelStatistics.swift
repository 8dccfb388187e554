import TextureDataset

/// Mean and deviation of pixels that come in pieces.
struct PixelStatistics {
  private var count = 0.0
  private var sum = 0.0
  private var squares = 0.0

  mutating func add(_ pixels: UnsafeBufferPointer<Float>) {
    // Eight sums at a time: one would wait for itself.
    var (sums, squareSums) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
    let whole = pixels.count / 8 * 8
    for i in stride(from: 0, to: whole, by: 8) {
      var eight = SIMD8<Double>.zero
      for lane in 0..<8 { eight[lane] = Double(pixels[i + lane]) }
      sums += eight
      squareSums += eight * eight
    }
    for pixel in pixels[whole...] {
      sums[0] += Double(pixel)
      squareSums[0] += Double(pixel) * Double(pixel)
    }
    count += Double(pixels.count)
    sum += sums.sum()
    squares += squareSums.sum()
  }

  var text: String {
    guard count > 0 else { return "no pixels" }
    let mean = sum / count
    return "mean \(significant(mean)), deviation \(significant((squares / count - mean * mean).squareRoot()))"
  }
}
