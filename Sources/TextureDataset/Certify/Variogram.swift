import GaussianField

/// The variogram of open textures: half the mean square difference of two pixels at a lag.
///
/// It is measured at some positions of the window. The covariance matrix of their differences is known exactly, and
/// with it the mean, the variance and the third cumulant of the sum of their squares.
struct Variogram: Sendable {
  /// A lag along one axis.
  struct Lag: Sendable {
    let axis: Int
    let distance: Int
    let name: String
    /// The offsets of the first pixels of the pairs, and the step to the second ones per pixel of distance.
    let offsets: [Int]
    let step: Int
    /// The coordinates of the first pixels.
    let places: [[Int]]
  }

  let lags: [Lag]

  /// - Parameters:
  ///   - shape: the shape of a texture.
  ///   - maximum: the approximate number of positions.
  init(_ shape: FieldShape, maximum: Int) {
    let extents = shape.extents
    let side = max(2, Int(Self.root(Double(maximum), extents.count)))
    var lags: [Lag] = []
    for axis in extents.indices.reversed() {
      var distance = 1
      while distance <= extents[axis] / 2 {
        let axes = extents.enumerated().map { number, extent -> [Int] in
          let room = number == axis ? extent - distance : extent
          let count = min(side, room)
          return (0..<count).map { (2 * $0 + 1) * room / (2 * count) }
        }
        let places = axes.reduce([[]]) { (places: [[Int]], axis) in
          places.flatMap { place in axis.map { place + [$0] } }
        }
        lags.append(
          Lag(
            axis: axis, distance: distance, name: "variogram at \(distance) px along \(shape.axes[axis])",
            offsets: places.map { zip($0, extents).reduce(0) { $0 * $1.1 + $1.0 } },
            step: extents[(axis + 1)...].reduce(1, *), places: places))
        distance *= 2
      }
    }
    self.lags = lags
  }

  private static func root(_ value: Double, _ degree: Int) -> Double {
    var side = 1.0
    while (0..<degree).reduce(1.0, { product, _ in product * (side + 1) }) <= value { side += 1 }
    return side
  }

  /// The sums of squared differences of a texture, for each lag.
  func sums(_ pixels: UnsafePointer<Float>) -> [Double] {
    lags.map { lag in
      let step = lag.step * lag.distance
      return lag.offsets.reduce(0) { sum, offset in
        let difference = Double(pixels[offset + step]) - Double(pixels[offset])
        return sum + difference * difference
      }
    }
  }

  /// The distribution of a texture's sum of squared differences at a lag.
  static func form(_ lag: Lag, _ covariance: LagCovariance) -> QuadraticForm {
    let cache = LagCache(dimensions: lag.places[0].count) { covariance.value($0) }
    let step = cache.key(lag.places[0].indices.map { $0 == lag.axis ? lag.distance : 0 })
    let keys = lag.places.map { cache.key($0) }
    var matrix = DenseMatrix(rows: keys.count, columns: keys.count)
    for row in keys.indices {
      for column in 0...row {
        let between = keys[row] - keys[column]
        let covariance = 2 * cache.value(between) - cache.value(between + step) - cache.value(between - step)
        matrix[row, column] = covariance
        matrix[column, row] = covariance
      }
    }
    return QuadraticForm(matrix)
  }
}
