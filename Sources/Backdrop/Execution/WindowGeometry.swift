/// Which part of each level of a section a square of its output depends on.
///
/// Level 0 is the section's input, level j the output of its operation j - 1. The window of the output's square that begins at
/// (y, x) begins at (y * scale - offset, x * scale - offset) and is `side` wide and high: going down through a kernel k with
/// stride s and padding p, side becomes (side - 1) s + k, scale becomes scale s, and offset becomes offset s + p.
struct WindowGeometry: Hashable {
  struct Level: Hashable {
    let side: Int
    let scale: Int
    let offset: Int
    /// H and W of the whole level.
    let height: Int
    let width: Int

    /// The window's first row or column; outside the level at its borders.
    func begin(_ position: Int) -> Int { position * scale - offset }

    /// Whether the window of that square reaches over the border.
    func crossesBorder(_ window: Window) -> Bool {
      let (y, x) = (begin(window.y), begin(window.x))
      return y < 0 || x < 0 || y + side > height || x + side > width
    }

    /// The part of a window that begins at `begin` which lies in an axis of so many elements.
    func inside(_ begin: Int, of count: Int) -> Range<Int> {
      let first = min(max(0, -begin), side)
      return first..<max(first, min(side, count - begin))
    }
  }

  /// One more than the section has operations.
  let levels: [Level]

  /// None where the section is not local, or where a window would be much larger than the map it is cut from.
  ///
  /// - Parameter square: the side of the output's square.
  init?(_ section: Segment, square: Int = 1) {
    guard section.isLocal else { return nil }
    var level = Level(side: square, scale: 1, offset: 0, height: section.output.height, width: section.output.width)
    var levels = [level]
    for bound in section.operations.reversed() {
      guard let field = bound.receptiveField else { return nil }
      let (kernel, stride, padding) = (field.kernel, field.stride, field.padding)
      let (scale, overflows) = level.scale.multipliedReportingOverflow(by: stride)
      let (offset, overflowsToo) = level.offset.multipliedReportingOverflow(by: stride)
      guard !overflows, !overflowsToo, level.side <= 2 * max(level.height, level.width) + 64 else { return nil }
      level = Level(
        side: (level.side - 1) * stride + kernel, scale: scale, offset: offset + padding, height: bound.input.height,
        width: bound.input.width)
      levels.append(level)
    }
    guard level.side <= 2 * max(level.height, level.width) + 64 else { return nil }
    self.levels = levels.reversed()
  }

  /// Bytes of a window's largest level.
  func maximumLevelBytes(_ section: Segment) -> Int {
    let channels = [section.input.channels] + section.operations.map(\.output.channels)
    return zip(channels, levels).reduce(0) { max($0, $1.0 * $1.1.side * $1.1.side * MemoryLayout<Float>.stride) }
  }
}

/// A square of a section's output.
struct Window: Equatable {
  /// Its sample in the batch.
  let sample: Int
  /// Its first row.
  let y: Int
  /// Its first column.
  let x: Int
}
