/// Maps the pixels of a mirrored and turned window of a periodic texture to the texture's pixels.
///
/// Axes are numbered z 0, y 1, x 2; missing axes have an extent of 1.
struct TextureView {
  /// The texture's extents.
  let extents: [Int]
  /// The window's extents; equal along axes that are exchanged.
  private let window: [Int]
  /// The strides of the window's axes, in pixels.
  private let strides: [Int]
  /// The origin of the window's first pixel in the texture, modulo the extents.
  var start = [0, 0, 0]
  /// For each axis of the window, the texture's axis along which a step moves, forwards or backwards.
  private var steps: [Step] = [Step(axis: 0, sign: 1), Step(axis: 1, sign: 1), Step(axis: 2, sign: 1)]

  private struct Step {
    let axis: Int
    let sign: Int
  }

  /// The number of rotations of a cube.
  static let rotationCount = 24

  /// - Parameters:
  ///   - extents: the texture's extents along z, y and x.
  ///   - window: the window's extents along z, y and x.
  init(of extents: [Int], window: [Int]) {
    self.extents = extents
    self.window = window
    strides = [window[1] * window[2], window[2], 1]
  }

  /// Mirrors along an axis of the window.
  mutating func mirror(_ axis: Int) {
    var axes = [0, 1, 2].map { (axis: $0, sign: 1) }
    axes[axis].sign = -1
    reorient(axes)
  }

  /// Turns a square by a quarter: the first column, read from the bottom up, becomes the first row.
  mutating func turnQuarter() { reorient([(0, 1), (2, 1), (1, -1)]) }

  /// Turns a cube by one of its rotations: an order of the axes, and the directions of two of them; the direction of
  /// the third preserves the handedness.
  mutating func rotate(_ rotation: Int) {
    // The even permutations of the axes, then the odd ones.
    let orders = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]]
    let (order, signs) = rotation.quotientAndRemainder(dividingBy: 4)
    let (first, second) = (1 - 2 * (signs & 1), 1 - (signs & 2))
    let third = first * second * (order < 3 ? 1 : -1)
    reorient(Array(zip(orders[order], [first, second, third])))
  }

  /// Replaces each axis of the window by another of its axes, forwards or backwards.
  private mutating func reorient(_ axes: [(axis: Int, sign: Int)]) {
    let old = steps
    steps = axes.map { axis, sign in
      let step = old[axis]
      if sign < 0 { start[step.axis] += (window[axis] - 1) * step.sign }
      return Step(axis: step.axis, sign: sign * step.sign)
    }
  }

  /// Copies the pixels of some of the texture's rows to their positions in the window, skipping pixels outside it.
  ///
  /// Calls for different rows write to disjoint memory.
  ///
  /// - Parameters:
  ///   - rows: the rows of the texture, counted over all planes.
  ///   - band: the pixels of these rows, x varying fastest.
  ///   - output: has space for the window.
  func copy(rows: Range<Int>, from band: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
    let rowAxis = windowAxis(of: 2)
    let isTransposed = rowAxis != 2
    let runs = runs(along: rowAxis)
    var block: [RowCopy] = []
    block.reserveCapacity(Self.blockSize)
    for row in rows {
      let (z, y) = row.quotientAndRemainder(dividingBy: extents[1])
      if let plane = offset(of: z, along: 0), let line = offset(of: y, along: 1) {
        block.append(
          RowCopy(source: band + (row - rows.lowerBound) * extents[2], target: output + plane + line))
      }
      guard block.count == Self.blockSize || row == rows.upperBound - 1 else { continue }
      for run in runs {
        if isTransposed {
          Self.transpose(block, run, stride: strides[rowAxis])
        } else {
          for copy in block { copy.copy(run) }
        }
      }
      block.removeAll(keepingCapacity: true)
    }
  }

  /// The number of rows that are transposed together: a cache line of pixels.
  private static let blockSize = 16

  /// The window's axis that runs along an axis of the texture.
  private func windowAxis(of axis: Int) -> Int { steps.firstIndex { $0.axis == axis } ?? axis }

  /// The offset in the window of a position along an axis of the texture; nil outside the window.
  private func offset(of position: Int, along axis: Int) -> Int? {
    let windowAxis = windowAxis(of: axis)
    let place = wrapped((position - start[axis]) * steps[windowAxis].sign, extents[axis])
    return place < window[windowAxis] ? place * strides[windowAxis] : nil
  }

  /// The pixels of a row of the texture inside the window, in at most two runs: up to the texture's edge and beyond it.
  private func runs(along windowAxis: Int) -> [Run] {
    let (axis, sign) = (steps[windowAxis].axis, steps[windowAxis].sign)
    let (extent, count) = (extents[axis], window[windowAxis])
    let first = wrapped(start[axis], extent)
    let ahead = min(count, sign > 0 ? extent - first : first + 1)
    let head = Run(source: first, sign: sign, target: 0, count: ahead)
    guard ahead < count else { return [head] }
    return [head, Run(source: sign > 0 ? 0 : extent - 1, sign: sign, target: ahead, count: count - ahead)]
  }

  /// Consecutive pixels of a row, forwards or backwards.
  private struct Run {
    /// The first pixel's position in the texture's row.
    let source: Int
    let sign: Int
    /// The first pixel's position along the window's axis.
    let target: Int
    let count: Int
  }

  /// A row of the texture, and the start of its part in the window.
  private struct RowCopy {
    let source: UnsafePointer<Float>
    let target: UnsafeMutablePointer<Float>

    func copy(_ run: Run) {
      let (from, to) = (source + run.source, target + run.target)
      if run.sign > 0 {
        to.update(from: from, count: run.count)
      } else {
        for column in 0..<run.count { to[column] = from[-column] }
      }
    }
  }

  /// Copies rows to columns, in tiles, since a row-by-row copy of a large texture would exceed the caches.
  private static func transpose(_ block: [RowCopy], _ run: Run, stride: Int) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: blockSize * blockSize) { tile in
      for first in Swift.stride(from: 0, to: run.count, by: blockSize) {
        let count = min(blockSize, run.count - first)
        for (row, copy) in block.enumerated() {
          let source = copy.source + run.source + first * run.sign
          for column in 0..<count { tile[column * blockSize + row] = source[column * run.sign] }
        }
        for column in 0..<count {
          let place = (run.target + first + column) * stride
          for (row, copy) in block.enumerated() { copy.target[place] = tile[column * blockSize + row] }
        }
      }
    }
  }

  private func wrapped(_ position: Int, _ extent: Int) -> Int {
    let rest = position % extent
    return rest < 0 ? rest + extent : rest
  }
}
