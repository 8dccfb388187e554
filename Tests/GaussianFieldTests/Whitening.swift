import Foundation
import Testing

@testable import GaussianField

/// Converts a texture with the expected covariance into sums of squares of independent standard normals.
struct Whitening {
  /// The degrees of freedom of each component.
  let degreesOfFreedom: [Double]
  let squares: (_ texture: [Float]) -> [Double]

  /// One component for each mode of a periodic texture: its power divided by the eigenvalue. Modes with less than 1e-9
  /// of the variance, which a band limit may drop, are omitted.
  ///
  /// - Parameter eigenvalues: the eigenvalues as a half spectrum.
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

  /// One component for each pixel of an open texture or, if it has more than 100, of two blocks at opposite ends.
  ///
  /// The factor of their covariance subtracts from each wave of a block what the previous ones predict. Waves are
  /// nearly independent, so a covariance that is slightly off affects most of them.
  ///
  /// - Parameter covariance: the covariance by lag.
  init(windowOf shape: FieldShape, _ covariance: (_ z: Int, _ y: Int, _ x: Int) -> Double) throws {
    let extents = Array(repeating: 1, count: 3 - shape.dimensions) + shape.extents
    let isWhole = shape.pixels <= 100
    let block = isWhole ? extents : [3, 4, 4]
    let points = (isWhole ? [[0, 0, 0]] : [[0, 0, 0], zip(extents, block).map { $0 - $1 }]).flatMap { origin in
      (0..<block[0]).flatMap { z in
        (0..<block[1]).flatMap { y in (0..<block[2]).map { (z + origin[0], y + origin[1], $0 + origin[2]) } }
      }
    }
    let waves = Self.waves(block)
    // From rows along the pixels of all blocks to rows along their waves.
    func alongWaves(_ pixels: [Double]) -> [Double] {
      stride(from: 0, to: pixels.count, by: waves.count).flatMap { start in
        let pixels = Array(pixels[start..<start + waves.count])
        return waves.map { Self.product($0, pixels) }
      }
    }
    let rows = points.map { a in alongWaves(points.map { b in covariance(a.0 - b.0, a.1 - b.1, a.2 - b.2) }) }
    let columns = rows.indices.map { column in alongWaves(rows.map { $0[column] }) }
    let factor = try #require(CholeskyFactor(count: points.count) { columns[$0][$1] })
    degreesOfFreedom = points.map { _ in 1 }
    squares = { texture in
      let pixels = points.map { Double(texture[($0.0 * extents[1] + $0.1) * extents[2] + $0.2]) }
      return factor.whitened(alongWaves(pixels)).map { $0 * $0 }
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

  /// The waves of a block: the orthonormal rows of the cosine transform along all axes.
  private static func waves(_ extents: [Int]) -> [[Double]] {
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
}

extension ChiSquared {
  /// An empty ensemble of samples.
  init(_ whitening: Whitening) { self.init(count: whitening.degreesOfFreedom.count) }

  /// Adds a texture.
  mutating func add(_ texture: [Float], _ whitening: Whitening) {
    for (component, square) in whitening.squares(texture).enumerated() {
      add(square, degreesOfFreedom: whitening.degreesOfFreedom[component], to: component)
    }
  }
}
