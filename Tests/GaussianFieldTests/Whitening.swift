import Foundation
import Testing

@testable import GaussianField

/// What makes sums of squares of independent standard normals of a texture that has the covariance expected.
struct Whitening {
  /// Of the sum of each component.
  let degreesOfFreedom: [Double]
  let squares: (_ texture: [Float]) -> [Double]

  /// A component for each mode of a periodic texture: its power over the eigenvalue. Modes with under 1e-9 of the
  /// variance, which a band limit may leave out, have none.
  ///
  /// - Parameter eigenvalues: a half spectrum.
  init(modesOf torus: NaiveTransform, _ eigenvalues: [Double]) {
    let sum = torus.full(eigenvalues).reduce(0, +)
    let modes = torus.modes.filter { eigenvalues[$0.place] > 1e-9 * sum }
    degreesOfFreedom = modes.map(\.degreesOfFreedom)
    let factors = modes.map { $0.degreesOfFreedom / (eigenvalues[$0.place] * Double(torus.pixels)) }
    squares = { texture in
      let powers = torus.powers(of: texture)
      return modes.indices.map { factors[$0] * powers[modes[$0].place] }
    }
  }

  /// A component for each pixel of an open texture or, where it has more than 100, for each of 90 without an order.
  ///
  /// Of the texture's waves, or of the pixels themselves, each is freed of what those before it predict: the factor of
  /// their covariance takes it away. Waves are nearly independent, and a covariance that is a little off shows in most
  /// of them.
  ///
  /// - Parameter covariance: by lag.
  init(windowOf shape: FieldShape, _ covariance: (_ z: Int, _ y: Int, _ x: Int) -> Double) throws {
    let extents = Array(repeating: 1, count: 3 - shape.dimensions) + shape.extents
    let places = Self.places(shape.pixels)
    let points = places.map { place in
      (place / (extents[1] * extents[2]), place / extents[2] % extents[1], place % extents[2])
    }
    let between = points.map { a in points.map { b in covariance(a.0 - b.0, a.1 - b.1, a.2 - b.2) } }
    let basis = shape.pixels == places.count ? Self.cosines(extents) : nil
    // The covariance of the waves is basis between transpose(basis).
    let rows = basis.map { basis in between.map { row in basis.map { Self.product(row, $0) } } } ?? between
    let columns = basis.map { basis in
      let transposed = rows.indices.map { column in rows.map { $0[column] } }
      return transposed.map { row in basis.map { Self.product(row, $0) } }
    }
    let factor = try #require(CholeskyFactor(count: places.count) { (columns ?? rows)[$0][$1] })
    degreesOfFreedom = places.map { _ in 1 }
    squares = { texture in
      let pixels = places.map { Double(texture[$0]) }
      return factor.whitened(basis.map { basis in basis.map { Self.product($0, pixels) } } ?? pixels).map { $0 * $0 }
    }
  }

  private static func product(_ a: [Double], _ b: [Double]) -> Double {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        guard let first = a.baseAddress, let second = b.baseAddress else { return 0 }
        return first.product(second, a.count)
      }
    }
  }

  /// The waves of a window: the orthonormal rows of the cosine transform along all axes.
  private static func cosines(_ extents: [Int]) -> [[Double]] {
    func wave(_ k: Int, _ n: Int) -> [Double] {
      let height = ((k == 0 ? 1 : 2) / Double(n)).squareRoot()
      return (0..<n).map { height * cos(.pi * (Double($0) + 0.5) * Double(k) / Double(n)) }
    }
    var waves: [[Double]] = [[1]]
    for n in extents {
      let along = (0..<n).map { wave($0, n) }
      waves = waves.flatMap { leading in along.map { wave in leading.flatMap { height in wave.map { height * $0 } } } }
    }
    return waves
  }

  private static func places(_ pixels: Int) -> [Int] {
    if pixels <= 100 { return Array(0..<pixels) }
    var places = Set([0, 1, pixels - 1])
    var counter: UInt32 = 0
    while places.count < 90 {
      places.insert(Int(Philox4x32.block(counter: SIMD4(counter, 0, 0, 0), key: 3).x) % pixels)
      counter += 1
    }
    return places.sorted()
  }
}

extension ChiSquared {
  /// An ensemble of samples, so far without any.
  init(_ whitening: Whitening) { self.init(count: whitening.degreesOfFreedom.count) }

  /// Adds a texture.
  mutating func add(_ texture: [Float], _ whitening: Whitening) {
    for (component, square) in whitening.squares(texture).enumerated() {
      add(square, degreesOfFreedom: whitening.degreesOfFreedom[component], to: component)
    }
  }
}
