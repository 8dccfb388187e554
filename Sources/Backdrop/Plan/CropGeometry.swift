/// The part of each level of a segment that a square of its output depends on.
///
/// Level 0 is the segment's input, level j the output of its operation j - 1. The part for the square that begins at
/// (y, x) begins at (y * scale - offset, x * scale - offset) and is `side` wide and high. From the output to the input
/// of an operation with kernel k, stride s and padding p, side becomes (side - 1) s + k, scale becomes scale s, and
/// offset becomes offset s + p.
struct CropGeometry: Hashable {
  struct Level: Hashable {
    let side: Int
    let scale: Int
    let offset: Int
    /// The height of the whole level.
    let height: Int
    /// The width of the whole level.
    let width: Int

    /// The first row or column of the part; negative if it crosses the border.
    func start(_ position: Int) -> Int { position * scale - offset }

    /// Whether the part for a crop crosses the level's border.
    func crossesBorder(_ crop: Crop) -> Bool {
      let (y, x) = (start(crop.y), start(crop.x))
      return y < 0 || x < 0 || y + side > height || x + side > width
    }

    /// The elements of a part, which begins at `start`, that lie inside an axis of `count` elements.
    func inside(_ start: Int, of count: Int) -> Range<Int> {
      let first = min(max(0, -start), side)
      return first..<max(first, min(side, count - start))
    }

    /// The rows or columns of the level that the part for `position` covers.
    func covered(_ position: Int, of count: Int) -> Range<Int> {
      let start = start(position)
      let inside = inside(start, of: count)
      return start + inside.lowerBound..<start + inside.upperBound
    }
  }

  /// The side of the output's square.
  let square: Int
  /// The levels: one more than there are operations.
  let levels: [Level]

  /// Nil if the segment is not local, or if a part would be much larger than its map.
  ///
  /// - Parameter square: the side of the output's square.
  init?(_ segment: Segment, square: Int) {
    var level = Level(
      side: square, scale: 1, offset: 0, height: segment.output.height, width: segment.output.width)
    var levels = [level]
    for operation in segment.operations.reversed() {
      guard let field = operation.receptiveField else { return nil }
      let (scale, overflows) = level.scale.multipliedReportingOverflow(by: field.stride)
      let (offset, overflowsToo) = level.offset.multipliedReportingOverflow(by: field.stride)
      guard !overflows, !overflowsToo, level.isUseful else { return nil }
      level = Level(
        side: (level.side - 1) * field.stride + field.kernel, scale: scale, offset: offset + field.padding,
        height: operation.input.height, width: operation.input.width)
      levels.append(level)
    }
    guard level.isUseful else { return nil }
    self.square = square
    self.levels = levels.reversed()
  }

  /// Bytes of each level's part, with all channels.
  func levelBytes(_ segment: Segment) -> [Int] {
    let channels = [segment.input.channels] + segment.operations.map(\.output.channels)
    return zip(channels, levels).map { $0 * $1.side * $1.side * MemoryLayout<Float>.stride }
  }

  /// The distance, in rows of squares, from which two squares' parts of the input cannot overlap.
  var rowsApart: Int {
    let step = square * levels[0].scale
    return (levels[0].side + step - 1) / step
  }
}

extension CropGeometry.Level {
  /// Whether the part is not much larger than the level.
  fileprivate var isUseful: Bool { side <= 2 * max(height, width) + 64 }
}
