import GaussianField

/// Sums of products of pixels at lags along the axes, over the samples of a class of open textures.
struct LagProductSums: Sendable {
  let lags: [Int]
  private let extents: [Int]
  /// The sums of T(x) T(x + h) over all pairs in the window; shape (axis, lag).
  private(set) var products: [[Double]]

  init(_ shape: FieldShape, lags: [Int]) {
    self.lags = lags
    extents = shape.extents
    products = extents.map { _ in [Double](repeating: 0, count: lags.count) }
  }

  /// Adds a texture.
  mutating func add(_ pixels: UnsafePointer<Float>) {
    for axis in extents.indices {
      let stride = extents[(axis + 1)...].reduce(1, *)
      let outer = extents[..<axis].reduce(1, *)
      for (place, lag) in lags.enumerated() {
        // Pairs along the axis are runs of consecutive pixels, one for each combination of the leading axes.
        let run = (extents[axis] - lag) * stride
        var sum = 0.0
        for block in 0..<outer {
          let first = pixels + block * extents[axis] * stride
          let second = first + lag * stride
          var partial = 0.0
          for index in 0..<run { partial += Double(first[index]) * Double(second[index]) }
          sum += partial
        }
        products[axis][place] += sum
      }
    }
  }

  /// Adds other sums.
  mutating func add(_ other: LagProductSums) {
    for axis in products.indices {
      for place in lags.indices { products[axis][place] += other.products[axis][place] }
    }
  }

  /// The number of pairs at a lag along an axis.
  func pairs(axis: Int, lag: Int) -> Int {
    extents.indices.reduce(1) { $0 * ($1 == axis ? extents[$1] - lag : extents[$1]) }
  }

  /// The covariance: the mean product over all samples, averaged over the axes.
  func covariance(_ place: Int, samples: Int) -> Double {
    let means = extents.indices.map { axis in
      products[axis][place] / (Double(samples) * Double(pairs(axis: axis, lag: lags[place])))
    }
    return means.reduce(0, +) / Double(means.count)
  }
}
