import GaussianField

/// The exact mean and variance of the estimated covariance of one open texture.
///
/// The estimate at lag h is the mean over the axes a of Q_a, the mean of T(x) T(x + h e_a) over the pairs in the
/// window. By Isserlis' theorem
///
///     cov(Q_a, Q_b) = 1/(n_a n_b) sum over u of count(u) [C(u) C(u + h e_b - h e_a) + C(u + h e_b) C(u - h e_a)],
///
/// where count(u) is the number of pairs of a and pairs of b whose first pixels are u apart.
struct WindowMoments {
  private let extents: [Int]
  private let strides: [Int]
  private let origin: Int
  /// C by lag, from -(n - 1) to n - 1 along each axis; the last axis varies fastest.
  private let values: [Double]

  /// - Parameters:
  ///   - field: the model of the textures.
  ///   - covariances: one for each scale, without ranges.
  init(_ field: FieldModel, _ covariances: [CovarianceModel]) {
    extents = field.shape.extents
    let counts = extents.map { 2 * $0 - 1 }
    strides = counts.indices.map { counts[($0 + 1)...].reduce(1, *) }
    origin = zip(strides, extents).reduce(0) { $0 + $1.0 * ($1.1 - 1) }
    let covariance = LagCovariance(field, covariances)
    var values = [Double](repeating: 0, count: counts.reduce(1, *))
    for index in values.indices {
      values[index] = covariance.value(
        zip(strides, zip(counts, extents)).map { stride, size in index / stride % size.0 - (size.1 - 1) })
    }
    self.values = values
  }

  /// The number of elements in the table of covariances.
  static func elementCount(_ shape: FieldShape) -> Int { shape.extents.reduce(1) { $0 * (2 * $1 - 1) } }

  /// The number of multiply-adds for the variance at one lag.
  static func cost(_ shape: FieldShape) -> Double {
    Double(elementCount(shape) * shape.dimensions * (shape.dimensions + 1) / 2)
  }

  /// The mean of the estimate at a lag.
  func mean(lag: Int) -> Double {
    strides.reduce(0) { $0 + values[origin + lag * $1] } / Double(extents.count)
  }

  /// The variance of the estimate at a lag.
  func variance(lag: Int) -> Double {
    var sum = 0.0
    for a in extents.indices {
      for b in extents.indices where b >= a {
        sum += (a == b ? 1 : 2) * covariance(of: a, and: b, lag: lag)
      }
    }
    return sum / Double(extents.count * extents.count)
  }

  /// The covariance of the mean products along two axes.
  private func covariance(of a: Int, and b: Int, lag: Int) -> Double {
    func window(_ axis: Int) -> [Int] { extents.indices.map { $0 == axis ? extents[$0] - lag : extents[$0] } }
    let (first, second) = (window(a), window(b))
    let (shiftA, shiftB) = (lag * strides[a], lag * strides[b])
    let last = extents.count - 1
    // The number of pairs of positions along one axis that are u apart, for u from -(n_a - 1) to n_b - 1.
    let counts = extents.indices.map { axis in
      (1 - first[axis]...second[axis] - 1).map { u in Double(min(first[axis], second[axis] - u) - max(0, -u)) }
    }
    var sum = 0.0
    values.withUnsafeBufferPointer { values in
      func addRows(_ axis: Int, _ count: Double, _ place: Int) {
        let start = place + (1 - first[axis]) * strides[axis]
        guard axis == last else {
          for (step, own) in counts[axis].enumerated() {
            addRows(axis + 1, count * own, start + step * strides[axis])
          }
          return
        }
        var row = 0.0
        for (step, own) in counts[axis].enumerated() {
          let u = start + step
          row += own * (values[u] * values[u + shiftB - shiftA] + values[u + shiftB] * values[u - shiftA])
        }
        sum += count * row
      }
      addRows(0, 1, origin)
    }
    return sum / (Double(first.reduce(1, *)) * Double(second.reduce(1, *)))
  }
}
