/// A series as a line: the minimum and the maximum of the points in each of its columns.
struct SeriesPreview: Sendable {
  /// What the points of a column span.
  struct Column: Equatable, Sendable {
    var minimum: Float
    var maximum: Float
    /// The last point, from which the line goes on.
    var last: Float

    /// Takes the points of the next column in.
    mutating func merge(_ next: Column) {
      minimum = min(minimum, next.minimum)
      maximum = max(maximum, next.maximum)
      last = next.last
    }
  }

  /// The maximum number of columns.
  static let maximumColumns = PreviewImage.maximumSide
  /// The width and the height of the plot in the series' own picture, in pixels.
  private static let size = (width: 1_024, height: 360)
  private static let captionScale = 2
  /// The level of the line's colour.
  private static let line: UInt8 = 100

  /// From left to right; as many as there are points where these are few. Points that are not a number are left out.
  let columns: [Column?]
  /// The number of points.
  let length: Int

  /// Draws the line and, dotted, the level of `zero` where it lies in the palette's range.
  ///
  /// - Parameters:
  ///   - x: of the left edge.
  ///   - y: of the upper edge.
  private func draw(
    on picture: inout IndexedPicture, x: Int, y: Int, width: Int, height: Int, _ palette: PreviewPalette
  ) {
    let range = palette.range
    func row(_ value: Float) -> Int {
      let place = (range.upperBound - value) / (range.upperBound - range.lowerBound) * Float(height - 1)
      return y + Int(min(max(place, 0), Float(height - 1)).rounded())
    }
    if range.contains(0) {
      for dot in stride(from: 0, to: width, by: 6) {
        picture.fill(x: x + dot, y: row(0), width: min(2, width - dot), height: 1, index: PreviewPalette.black)
      }
    }
    var previous: (column: Int, value: Float)?
    for (index, column) in columns.enumerated() {
      guard let column else {
        previous = nil
        continue
      }
      // Points are at the left edge of their column where there are fewer than columns of the picture.
      let place = columns.count <= 1 ? 0 : index * (width - 1) / (columns.count - 1)
      if let previous {
        // The line from the last point: straight where columns of the picture lie between.
        let first = columns.count == length ? column.last : min(max(previous.value, column.minimum), column.maximum)
        for between in previous.column...place {
          let span = Float(max(1, place - previous.column))
          let step = first - previous.value
          let (a, b) = (
            previous.value + step * max(0, Float(between - previous.column) - 0.5) / span,
            previous.value + step * min(span, Float(between - previous.column) + 0.5) / span
          )
          mark(&picture, x + between, from: row(max(a, b)), to: row(min(a, b)))
        }
      }
      mark(&picture, x + place, from: row(column.maximum), to: row(column.minimum))
      previous = (place, column.last)
    }
  }

  private func mark(_ picture: inout IndexedPicture, _ x: Int, from top: Int, to bottom: Int) {
    picture.fill(x: x, y: top, width: 1, height: bottom - top + 1, index: Self.line)
  }

  /// Draws a rectangle's edges, around the rectangle.
  private func frame(_ picture: inout IndexedPicture, x: Int, y: Int, width: Int, height: Int) {
    for edge in [y - 1, y + height] {
      picture.fill(x: x - 1, y: edge, width: width + 2, height: 1, index: PreviewPalette.black)
    }
    for edge in [x - 1, x + width] {
      picture.fill(x: edge, y: y, width: 1, height: height, index: PreviewPalette.black)
    }
  }
}

extension SeriesPreview: TexturePreview {
  var reduction: Int { PreviewImage.reduction(of: length, to: columns.count) }

  func picture(palette: PreviewPalette) -> IndexedPicture {
    let (width, height) = (Self.size.width, Self.size.height)
    let (scale, range) = (Self.captionScale, palette.range)
    func label(_ value: Float) -> String { significant(Double(value)) }
    var labels = [(range.upperBound, 0), (range.lowerBound, height - 1)]
    if range.contains(0), range.lowerBound < 0 {
      let place = range.upperBound / (range.upperBound - range.lowerBound) * Float(height - 1)
      labels.append((0, Int(place.rounded())))
    }
    let room = labels.map { CaptionFont.width(of: label($0.0)) * scale }.max() ?? 0
    let (left, top) = (8 + room + 8, 12)
    let line = CaptionFont.height * scale
    var picture = IndexedPicture(
      width: left + width + 12, height: top + height + 8 + line + 8, filledWith: PreviewPalette.white)
    draw(on: &picture, x: left, y: top, width: width, height: height, palette)
    frame(&picture, x: left, y: top, width: width, height: height)
    func write(_ text: String, x: Int, y: Int) {
      picture.draw(text, x: x, y: y, scale: scale, index: PreviewPalette.black)
    }
    for (value, row) in labels {
      let text = label(value)
      write(text, x: left - 8 - CaptionFont.width(of: text) * scale, y: max(0, top + row - line / 2))
    }
    let end = "x=\(length - 1)"
    write("x=0", x: left, y: top + height + 8)
    write(end, x: left + width - CaptionFont.width(of: end) * scale, y: top + height + 8)
    return picture
  }

  func reduced(to tile: PreviewTile) -> any TexturePreview {
    guard columns.count > tile.width else { return self }
    var merged = [Column?](repeating: nil, count: tile.width)
    for (index, column) in columns.enumerated() {
      guard let column else { continue }
      let place = index * tile.width / columns.count
      if merged[place] == nil { merged[place] = column } else { merged[place]?.merge(column) }
    }
    return SeriesPreview(columns: merged, length: length)
  }

  func picture(on tile: PreviewTile, palette: PreviewPalette) -> IndexedPicture {
    var picture = IndexedPicture(width: tile.width, height: tile.height, filledWith: PreviewPalette.white)
    let (width, height) = (max(1, tile.width - 2), max(1, tile.height - 2))
    guard tile.width > 2, tile.height > 2 else { return picture }
    draw(on: &picture, x: 1, y: 1, width: width, height: height, palette)
    frame(&picture, x: 1, y: 1, width: width, height: height)
    return picture
  }
}

/// Reduces a series to a preview while its points come by.
struct SeriesReducer: Sendable {
  private let length: Int
  private var count = 0
  private var columns: [SeriesPreview.Column?]

  init(length: Int) {
    precondition(length > 0, "a series has points")
    self.length = length
    columns = Array(repeating: nil, count: min(length, SeriesPreview.maximumColumns))
  }

  /// Takes the next points.
  mutating func add(_ points: UnsafeBufferPointer<Float>) {
    precondition(count + points.count <= length, "more points than the series has")
    for point in points {
      let place = count * columns.count / length
      count += 1
      guard !point.isNaN else { continue }
      let column = SeriesPreview.Column(minimum: point, maximum: point, last: point)
      if columns[place] == nil { columns[place] = column } else { columns[place]?.merge(column) }
    }
  }

  /// The preview, once every point has been added.
  func preview() -> SeriesPreview {
    precondition(count == length, "a preview is made of all points of its series")
    return SeriesPreview(columns: columns, length: length)
  }
}
