/// A rectangle of a map.
struct MapArea {
  var rows: Range<Int>
  var columns: Range<Int>

  /// The whole map.
  init(_ shape: Shape) {
    rows = 0..<shape.height
    columns = 0..<shape.width
  }

  /// The part of a map that begins at (y, x), of so many elements each way where there are as many.
  init(_ shape: Shape, y: Int, x: Int, side: Int) {
    rows = y..<min(shape.height, y + side)
    columns = x..<min(shape.width, x + side)
  }

  /// A map of this size.
  func shape(channels: Int) -> Shape { Shape(channels: channels, height: rows.count, width: columns.count) }

  /// What this area of a section's output needs of its input.
  func needed(by section: Segment) -> MapArea {
    section.operations.reversed().reduce(self) { area, bound in
      let field = bound.receptiveField ?? .point
      let (kernel, stride, padding) = (field.kernel, field.stride, field.padding)
      func widened(_ range: Range<Int>, in count: Int) -> Range<Int> {
        let begin = min(count, max(0, range.lowerBound * stride - padding))
        return begin..<max(begin, min(count, (range.upperBound - 1) * stride - padding + kernel))
      }
      var needed = area
      needed.rows = widened(area.rows, in: bound.input.height)
      needed.columns = widened(area.columns, in: bound.input.width)
      return needed
    }
  }
}

/// Where in a batch of maps, or of parts of maps, something lies: the sample, and the map's row and column that the part
/// begins with.
struct MapPlace {
  let sample: Int
  var y = 0
  var x = 0
}
