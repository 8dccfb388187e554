import GaussianField

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
  /// The width and the height of the plot in the series' own figure, in pixels.
  private static let size = (width: 1_024, height: 360)
  /// The number of points shown at full resolution.
  private static let detailPoints = 256
  /// The level of the line's colour.
  private static let line: UInt8 = 100

  /// From left to right; as many as there are points where these are few. Points that are not a number are left out.
  let columns: [Column?]
  /// The number of points.
  let length: Int
  /// The central points, if columns have more than one point.
  let window: TextureWindow?

  /// The scale bar of a plot whose first point is on its left edge and whose last one is on its right edge.
  static func scaleBar(points: Int, width: Int) -> ScaleBar {
    ScaleBar(side: max(1, width - 1), reduction: max(1, points - 1), magnification: max(1, width - 1))
  }

  /// A window as a series of its own.
  private static func whole(_ window: TextureWindow) -> SeriesPreview {
    let columns = window.pixels.map { $0.isNaN ? nil : Column(minimum: $0, maximum: $0, last: $0) }
    return SeriesPreview(columns: columns, length: columns.count, window: nil)
  }

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
        picture.fill(x: x + dot, y: row(0), width: min(2, width - dot), height: 1, index: PreviewPalette.ink)
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
}

extension SeriesPreview: TexturePreview {
  var reduction: Int { PreviewImage.reduction(of: length, to: columns.count) }

  var shape: FieldShape { .series(length: length) }

  var isColored: Bool { false }

  func plainPicture(palette: PreviewPalette) -> IndexedPicture {
    var picture = IndexedPicture(width: Self.size.width, height: Self.size.height, filledWith: PreviewPalette.paper)
    draw(on: &picture, x: 0, y: 0, width: picture.width, height: picture.height, palette)
    return picture
  }

  func panels(palette: PreviewPalette) -> [[FigurePanel]] {
    guard reduction > 1, let window else {
      return [[panel(palette, caption: "x=0 to \(length - 1)")]]
    }
    let part = window.cropped(to: (Self.detailPoints, 1))
    let whole = panel(
      palette, caption: "x=0 to \(length - 1), minimum to maximum of every \(reduction) px", marking: part)
    let detail = Self.whole(part).panel(
      palette, caption: "x=\(part.x) to \(part.x + part.width - 1), \(FigurePanel.detailCaption)")
    return [[whole], [detail]]
  }

  /// The framed plot with labels for its values.
  private func panel(
    _ palette: PreviewPalette, caption: String, marking part: TextureWindow? = nil
  ) -> FigurePanel {
    let ((width, height), range) = (Self.size, palette.range)
    var labels = [(range.upperBound, 0), (range.lowerBound, height - 1)]
    if range.contains(0), range.lowerBound < 0 {
      let place = range.upperBound / (range.upperBound - range.lowerBound) * Float(height - 1)
      labels.append((0, Int(place.rounded())))
    }
    func text(_ value: Float) -> String { significant(Double(value)) }
    let room = labels.map { FigureStyle.width(of: text($0.0)) }.max() ?? 0
    let half = FigureStyle.line / 2
    let (left, top) = (room + FigureStyle.spacing + 2, half)
    var picture = IndexedPicture(
      width: left + width + 1, height: top + height + half, filledWith: PreviewPalette.paper)
    draw(on: &picture, x: left, y: top, width: width, height: height, palette)
    picture.frame(x: left, y: top, width: width, height: height)
    if let part {
      let marked = max(FigureStyle.minimumMarkedSide, part.width * width / length)
      picture.mark(
        x: left + min(part.x * width / length, width - marked), y: top, width: marked, height: height)
    }
    for (value, row) in labels {
      picture.write(
        text(value), x: left - FigureStyle.spacing - 2 - FigureStyle.width(of: text(value)), y: top + row - half)
    }
    return FigurePanel(
      picture: picture, scaleBar: Self.scaleBar(points: length, width: width), caption: caption, isFramed: false,
      indent: left - 1)
  }

  func reduced(to tile: PreviewTile) -> any TexturePreview {
    guard columns.count > tile.width else { return self }
    var merged = [Column?](repeating: nil, count: tile.width)
    for (index, column) in columns.enumerated() {
      guard let column else { continue }
      let place = index * tile.width / columns.count
      if merged[place] == nil { merged[place] = column } else { merged[place]?.merge(column) }
    }
    return SeriesPreview(
      columns: merged, length: length,
      window: tile.detail.flatMap { detail in part(of: detail.size.part) })
  }

  func picture(on tile: PreviewTile, palette: PreviewPalette) -> IndexedPicture {
    var picture = framed(width: tile.width, height: tile.height, palette)
    if let window, tile.detail != nil {
      let (room, marked) = (
        tile.width - 2, max(FigureStyle.minimumMarkedSide, window.width * (tile.width - 2) / length)
      )
      picture.mark(x: 1 + min(window.x * room / length, room - marked), y: 1, width: marked, height: tile.height - 2)
    }
    return picture
  }

  func detailPicture(on tile: PreviewTile, palette: PreviewPalette) -> IndexedPicture? {
    guard let detail = tile.detail, let window else { return nil }
    return Self.whole(window).framed(width: detail.size.width, height: detail.size.height, palette)
  }

  /// The central points.
  private func part(of size: (width: Int, height: Int)) -> TextureWindow? {
    if let window { return window.cropped(to: size) }
    // Each column is one point.
    return TextureWindow(
      of: columns.map { $0?.last ?? .nan }, width: columns.count, size: size, around: (columns.count / 2, 0))
  }

  private func framed(width: Int, height: Int, _ palette: PreviewPalette) -> IndexedPicture {
    var picture = IndexedPicture(width: width, height: height, filledWith: PreviewPalette.paper)
    guard width > 2, height > 2 else { return picture }
    draw(on: &picture, x: 1, y: 1, width: width - 2, height: height - 2, palette)
    picture.frame(x: 1, y: 1, width: width - 2, height: height - 2)
    return picture
  }
}

/// Reduces a series to a preview while its points come by.
struct SeriesReducer: Sendable {
  private let length: Int
  private var count = 0
  private var columns: [SeriesPreview.Column?]
  private var window: TextureWindow?

  init(length: Int) {
    precondition(length > 0, "a series has points")
    self.length = length
    window = length > SeriesPreview.maximumColumns ? TextureWindow(centerOf: length, 1) : nil
    columns = Array(repeating: nil, count: min(length, SeriesPreview.maximumColumns))
  }

  /// Takes the next points.
  mutating func add(_ points: UnsafeBufferPointer<Float>) {
    precondition(count + points.count <= length, "more points than the series has")
    for point in points {
      let place = count * columns.count / length
      window?.add(point: count, point)
      count += 1
      guard !point.isNaN else { continue }
      let column = SeriesPreview.Column(minimum: point, maximum: point, last: point)
      if columns[place] == nil { columns[place] = column } else { columns[place]?.merge(column) }
    }
  }

  /// The preview, once every point has been added.
  func preview() -> SeriesPreview {
    precondition(count == length, "a preview is made of all points of its series")
    return SeriesPreview(columns: columns, length: length, window: window)
  }
}
