/// A window of a periodic texture, mirrored and turned: where its pixels come from.
///
/// Axes are numbered z 0, y 1, x 2; an axis that a texture does not have is of extent 1.
struct TextureView {
  /// The texture's extents.
  let extents: [Int]
  /// The window's extents; equal along axes that are exchanged.
  private let window: [Int]
  /// Where the window's first pixel comes from; beyond an edge, from the opposite side.
  var start = [0, 0, 0]
  /// For each axis of the window, the texture's axis that one more step there goes along, forwards or backwards.
  private var steps: [Step] = [Step(axis: 0, sign: 1), Step(axis: 1, sign: 1), Step(axis: 2, sign: 1)]

  private struct Step {
    let axis: Int
    let sign: Int
  }

  /// The rotations of a cube.
  static let rotationCount = 24

  /// - Parameters:
  ///   - extents: of the texture along z, y and x.
  ///   - window: the same of the window.
  init(of extents: [Int], window: [Int]) {
    self.extents = extents
    self.window = window
  }

  /// Mirrors along an axis of the window.
  mutating func mirror(_ axis: Int) {
    var axes = [0, 1, 2].map { (axis: $0, sign: 1) }
    axes[axis].sign = -1
    reorient(axes)
  }

  /// Turns a square by a quarter: what was the first column, from below, becomes the first row.
  mutating func turnQuarter() { reorient([(0, 1), (2, 1), (1, -1)]) }

  /// Turns a cube by one of its rotations: an order of the axes, and the directions of two of them; that of the third keeps
  /// right-handed what is.
  mutating func rotate(_ rotation: Int) {
    // The even orders of the axes, then the odd ones.
    let orders = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]]
    let (order, signs) = rotation.quotientAndRemainder(dividingBy: 4)
    let (first, second) = (1 - 2 * (signs & 1), 1 - (signs & 2))
    let third = first * second * (order < 3 ? 1 : -1)
    reorient(Array(zip(orders[order], [first, second, third])))
  }

  /// Gives each axis of the window another of its axes, forwards or backwards.
  private mutating func reorient(_ axes: [(axis: Int, sign: Int)]) {
    let old = steps
    steps = axes.map { axis, sign in
      let step = old[axis]
      if sign < 0 { start[step.axis] += (window[axis] - 1) * step.sign }
      return Step(axis: step.axis, sign: sign * step.sign)
    }
  }

  /// Copies the window's pixels.
  ///
  /// - Parameters:
  ///   - texture: of ``extents``, x varying fastest.
  ///   - output: room for the window.
  func copy(_ texture: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
    let strides = [extents[1] * extents[2], extents[2], 1]
    // The offset of what is `position` steps along an axis of the window.
    func offset(_ position: Int, along axis: Int) -> Int {
      let step = steps[axis]
      return wrapped(start[step.axis] + position * step.sign, extents[step.axis]) * strides[step.axis]
    }
    let inner = steps[2]
    let (extent, stride) = (extents[inner.axis], strides[inner.axis])
    let first = wrapped(start[inner.axis], extent)
    var target = output
    for plane in 0..<window[0] {
      for row in 0..<window[1] {
        let source = texture + offset(plane, along: 0) + offset(row, along: 1)
        if inner.sign == 1, stride == 1 {
          // The common case, in at most two pieces.
          let ahead = min(window[2], extent - first)
          target.update(from: source + first, count: ahead)
          (target + ahead).update(from: source, count: window[2] - ahead)
        } else {
          var position = first
          for column in 0..<window[2] {
            target[column] = source[position * stride]
            position += inner.sign
            if position < 0 { position += extent } else if position >= extent { position -= extent }
          }
        }
        target += window[2]
      }
    }
  }

  private func wrapped(_ position: Int, _ extent: Int) -> Int {
    let rest = position % extent
    return rest < 0 ? rest + extent : rest
  }
}
