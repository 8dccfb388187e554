/// The mean and the standard deviation of pixels that are added in pieces, in double precision.
public struct PixelStatistics: Sendable {
  /// The number of pixels added.
  public private(set) var count = 0
  private var sum = 0.0
  private var squares = 0.0

  /// Creates statistics of no pixels.
  public init() {}

  /// Adds pixels.
  public mutating func add(_ pixels: UnsafeBufferPointer<Float>) {
    // Eight independent sums, since additions to a single one would wait for each other.
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
    count += pixels.count
    sum += sums.sum()
    squares += squareSums.sum()
  }

  /// The mean of all pixels; 0 if there are none.
  public var mean: Double { count == 0 ? 0 : sum / Double(count) }

  /// The standard deviation of all pixels, without Bessel's correction; 0 if there are none.
  public var standardDeviation: Double {
    count == 0 ? 0 : max(0, squares / Double(count) - mean * mean).squareRoot()
  }
}
