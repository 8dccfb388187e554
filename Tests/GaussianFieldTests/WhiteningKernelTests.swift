import CSpectralKernels
import Testing

@testable import GaussianField

/// The certificate's kernels, and the transform of whitened fields.
@Suite struct WhiteningKernelTests {
  @Test(arguments: [1, 2, 7, 8, 9, 16, 33, 101])
  func whitenedPowersAreTheSameAtEveryWidth(count: Int) {
    let z = (0..<2 * count).map { Float(($0 * 37 + 11) % 53) / 7 - 3 }
    let weights = (0..<count).map { Float($0 % 5) / 3 }
    var (first, second) = ([Float](repeating: 2, count: count), [Float](repeating: 2, count: count))
    let squares = gpgen_add_whitened_powers(z, weights, count, &first)
    #expect(gpgen_add_whitened_powers_baseline(z, weights, count, &second) == squares)
    #expect(first == second)
    func power(_ k: Int) -> Float {
      let (re, im) = (z[2 * k], z[2 * k + 1])
      return (re * re + im * im) * weights[k]
    }
    let powers = (0..<count).map(power)
    #expect(first == powers.map { 2 + $0 })
    let expected = powers.reduce(0.0) { sum, power in sum + Double(power * power) }
    #expect(abs(squares - expected) <= 1e-14 * expected)
  }

  @Test(arguments: [8, 24, 64])
  func dotProductsAreExactOnSmallIntegers(count: Int) {
    let pitch = count + 8
    func number(_ k: Int, _ step: Int, _ modulus: Int) -> Float { Float(k * step % modulus - modulus / 2) }
    let a = (0..<4 * pitch).map { number($0, 37, 23) }
    let b = (0..<2 * pitch).map { number($0, 29, 19) }
    var (first, second) = ([Float](repeating: 0, count: 8), [Float](repeating: 0, count: 8))
    gpgen_dot_products(a, b, pitch, count, &first)
    gpgen_dot_products_baseline(a, b, pitch, count, &second)
    #expect(first == second)
    for row in 0..<4 {
      for other in 0..<2 {
        var sum: Float = 0
        for k in 0..<count { sum += a[row * pitch + k] * b[other * pitch + k] }
        #expect(first[2 * row + other] == sum)
      }
    }
  }

  /// The Hartley transform of a texture's coefficients, as h = Re z + Im z, is N times the mirrored texture.
  @Test(arguments: [
    FieldShape.series(length: 9), .series(length: 16), .image(height: 9, width: 12), .image(height: 10, width: 11),
    .volume(depth: 8, height: 9, width: 10),
  ])
  func hartleyTransformOfCoefficientsIsTheMirroredTexture(shape: FieldShape) throws {
    let pixels = shape.pixels
    let texture = try AlignedBuffer<Float>(count: pixels)
    for k in 0..<pixels { texture.pointer[k] = Float((k * 37 + 11) % 53) / 26 - 1 }
    let transform = try ModeTransform(shape)
    let workspace = try ModeTransform.Workspace(for: transform)
    let values = try AlignedBuffer<Float>(count: pixels)
    let order = transform.order
    transform.transform(texture.pointer, lines: order.lineCount, in: workspace) { line, z in
      for index in 0..<order.lineLength {
        let (own, conjugate) = order.places(line: line, index: index)
        values.pointer[own] = z[2 * index] + z[2 * index + 1]
        values.pointer[conjugate] = z[2 * index] - z[2 * index + 1]
      }
    }
    let hartley = try HartleyTransform(shape)
    hartley.transform(values.pointer, in: try HartleyTransform.Workspace(for: hartley))
    // Mirrored in the origin, or not: the sign of the transform's exponent differs between shapes.
    func place(_ k: Int, mirrored: Bool) -> Int {
      var (rest, stride, place) = (k, 1, 0)
      for extent in shape.extents.reversed() {
        let x = rest % extent
        place += stride * (mirrored ? (extent - x) % extent : x)
        rest /= extent
        stride *= extent
      }
      return place
    }
    func difference(_ k: Int, _ mirrored: Bool) -> Float {
      abs(values.pointer[k] / Float(pixels) - texture.pointer[place(k, mirrored: mirrored)])
    }
    let differences = [true, false].map { mirrored in (0..<pixels).map { difference($0, mirrored) }.max() ?? 1 }
    #expect((differences.min() ?? 1) < 1e-5, "\(differences)")
  }
}
