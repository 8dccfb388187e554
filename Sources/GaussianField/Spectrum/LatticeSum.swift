#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A function of a quadratic form on a torus, summed over all images of a point or evaluated at its nearest image.
struct LatticeSum: Sendable {
  let lattice: Lattice
  /// The quadratic form on points of the lattice, as in ``Anisotropy``.
  let form: [Double]
  /// The function of the square root of the form.
  let function: @Sendable (Double) -> Double

  /// The form along a row: c + x (b + a x).
  private struct Row {
    let (a, b, c): (Double, Double, Double)

    init(_ form: [Double], _ leading: [Int]) {
      let dimensions = leading.count + 1
      var (b, c) = (0.0, 0.0)
      for (i, first) in leading.enumerated() {
        b += 2 * form[(dimensions - 1) * dimensions + i] * Double(first)
        for (j, second) in leading.enumerated() { c += form[i * dimensions + j] * Double(first) * Double(second) }
      }
      (a, self.b, self.c) = (form[dimensions * dimensions - 1], b, c)
    }

    func value(_ x: Int) -> Double { c + Double(x) * (b + a * Double(x)) }
  }

  /// The function summed over all images where the square root of the form is at most `reach`.
  ///
  /// - Throws: ``FieldError`` with code `.memory`.
  /// - Complexity: ``cost(reach:)`` calls of the function.
  func overImages(reach: Double) throws(FieldError) -> [Double] {
    let width = lattice.extents[lattice.extents.count - 1]
    return try lattice.fill { leading, range, output in
      forEachImage(of: leading, reach: reach) { image in
        let row = Row(form, image)
        let lowest = row.c - row.b * row.b / (4 * row.a)
        guard lowest <= reach * reach else { return }
        let half = ((reach * reach - lowest) / row.a).squareRoot()
        let middle = -row.b / (2 * row.a)
        let (left, right) = (Int((middle - half).rounded(.up)), Int((middle + half).rounded(.down)))
        guard left <= right else { return }
        // x + period * width is in left...right.
        let first = Int((Double(left - range.upperBound + 1) / Double(width)).rounded(.up))
        let last = Int((Double(right - range.lowerBound) / Double(width)).rounded(.down))
        for period in stride(from: first, through: last, by: 1) {
          let shift = period * width
          for x in max(range.lowerBound, left - shift)...min(range.upperBound - 1, right - shift) {
            output[x - range.lowerBound] += function(max(0, row.value(x + shift)).squareRoot())
          }
        }
      }
    }
  }

  /// The approximate number of function calls in ``overImages(reach:)``.
  func cost(reach: Double) -> Double {
    let dimensions = lattice.extents.count
    let ball = Self.ball(radius: reach, dimensions: dimensions)
    let stretch = Self.determinant(form, dimensions).squareRoot()
    return max(Double(lattice.count), ball / stretch / pow(2, Double(lattice.isEven ? dimensions : 1)))
  }

  /// The volume of a ball.
  static func ball(radius: Double, dimensions: Int) -> Double {
    [2, Double.pi, 4 * .pi / 3][dimensions - 1] * pow(radius, Double(dimensions))
  }

  /// The function at the nearest image of every point; for an image at n / 2, the mean over n / 2 and -n / 2.
  ///
  /// - Throws: ``FieldError`` with code `.memory`.
  func atNearestImages() throws(FieldError) -> [Double] {
    let width = lattice.extents[lattice.extents.count - 1]
    return try lattice.fill { leading, range, output in
      let images = nearestImages(of: leading)
      for image in images {
        let row = Row(form, image)
        for x in range {
          let value = function(max(0, row.value(x)).squareRoot())
          output[x - range.lowerBound] +=
            lattice.isEven || 2 * x != width ? value : (value + function(max(0, row.value(-x)).squareRoot())) / 2
        }
      }
      if images.count > 1 { for x in 0..<range.count { output[x] /= Double(images.count) } }
    }
  }

  /// An upper bound on the distance of the nearest images of a lattice's points.
  static func maximumDistance(_ lattice: Lattice, _ form: [Double]) -> Double {
    let halves = lattice.extents.map { Double($0) / 2 }
    var square = 0.0
    for (i, first) in halves.enumerated() {
      for (j, second) in halves.enumerated() { square += form[i * halves.count + j].magnitude * first * second }
    }
    return square.squareRoot()
  }

  private func nearestImages(of leading: [Int]) -> [[Int]] {
    var images = [leading]
    guard !lattice.isEven else { return images }
    for axis in leading.indices where 2 * leading[axis] == lattice.extents[axis] {
      images += images.map { image in
        var image = image
        image[axis] = -image[axis]
        return image
      }
    }
    return images
  }

  /// Calls `body` for all images of a row that may be within reach.
  private func forEachImage(of leading: [Int], reach: Double, _ body: ([Int]) -> Void) {
    let dimensions = lattice.extents.count
    // Along an axis the ellipsoid extends to reach times the square root of the inverse form's diagonal element.
    let ranges = leading.indices.map { axis -> Range<Int> in
      let extent = Double(lattice.extents[axis])
      let end = reach * Self.inverseElement(form, dimensions, axis).squareRoot()
      let first = Int(((-end - Double(leading[axis])) / extent).rounded(.up))
      let last = Int(((end - Double(leading[axis])) / extent).rounded(.down))
      return first..<max(first, last + 1)
    }
    var image = leading
    func visit(_ axis: Int) {
      guard axis < leading.count else { return body(image) }
      for period in ranges[axis] {
        image[axis] = leading[axis] + period * lattice.extents[axis]
        visit(axis + 1)
      }
    }
    visit(0)
  }

  private static func determinant(_ form: [Double], _ dimensions: Int) -> Double {
    switch dimensions {
    case 1: form[0]
    case 2: form[0] * form[3] - form[1] * form[2]
    default:
      form[0] * (form[4] * form[8] - form[5] * form[7]) - form[1] * (form[3] * form[8] - form[5] * form[6])
        + form[2] * (form[3] * form[7] - form[4] * form[6])
    }
  }

  /// A diagonal element of the inverse: a cofactor divided by the determinant.
  private static func inverseElement(_ form: [Double], _ dimensions: Int, _ axis: Int) -> Double {
    let others = (0..<dimensions).filter { $0 != axis }
    let minor = others.flatMap { row in others.map { form[row * dimensions + $0] } }
    return (minor.isEmpty ? 1 : determinant(minor, dimensions - 1)) / determinant(form, dimensions)
  }
}
