/// A picture in a figure, with a scale bar and a caption below it.
struct FigurePanel: Sendable {
  let picture: IndexedPicture
  let scaleBar: ScaleBar
  /// A line of text; may be empty.
  var caption = ""
  /// Whether to draw a frame around the picture.
  var isFramed = true
  /// The indentation of the scale bar and the caption.
  var indent = 0

  /// The width, including the frame.
  var width: Int {
    max(picture.width + 2, 1 + indent + scaleBar.totalWidth, 1 + indent + FigureStyle.width(of: caption))
  }

  /// The height, including the frame, scale bar and caption.
  var height: Int {
    picture.height + 2 + FigureStyle.spacing + FigureStyle.line
      + (caption.isEmpty ? 0 : FigureStyle.spacing + FigureStyle.line)
  }

  /// Draws the panel; the upper left corner of its frame is (x, y).
  func draw(on sheet: inout IndexedPicture, x: Int, y: Int) {
    sheet.draw(picture, x: x + 1, y: y + 1, scale: 1)
    if isFramed { sheet.frame(x: x + 1, y: y + 1, width: picture.width, height: picture.height) }
    let line = y + picture.height + 2 + FigureStyle.spacing
    scaleBar.draw(on: &sheet, x: x + 1 + indent, y: line)
    sheet.write(caption, x: x + 1 + indent, y: line + FigureStyle.line + FigureStyle.spacing)
  }
}

/// A title, panels in rows and columns, and colour bars.
struct Figure: Sendable {
  /// Lines of text, which wrap if they are too long.
  let title: [String]
  /// Rows of panels, none of them empty.
  let rows: [[FigurePanel]]
  let colorBars: [ColorBar]

  /// The upper left corner of a panel's picture.
  func origin(row: Int, column: Int) -> (x: Int, y: Int) {
    let x = columnWidths.prefix(column).reduce(FigureStyle.margin) { $0 + $1 + FigureStyle.gap }
    let y = rowHeights.prefix(row).reduce(FigureStyle.margin + Self.height(of: titleLines)) {
      $0 + $1 + FigureStyle.gap
    }
    return (x + 1, y + 1)
  }

  /// Text chunks for a PNG file, about the first panel: `scale_bar`, its length, and `panel`, the picture's x, y, width and height.
  var texts: [(key: String, value: String)] {
    let (panel, (x, y)) = (rows[0][0], origin(row: 0, column: 0))
    return [
      ("scale_bar", panel.scaleBar.label), ("panel", "\(x), \(y), \(panel.picture.width), \(panel.picture.height)"),
    ]
  }

  func picture() -> IndexedPicture {
    let bars = colorBars.reduce(0) { $0 + FigureStyle.gap + $1.height }
    var picture = IndexedPicture(
      width: contentWidth + 2 * FigureStyle.margin,
      height: 2 * FigureStyle.margin + Self.height(of: titleLines) + rowHeights.reduce(0, +)
        + (rows.count - 1) * FigureStyle.gap + bars,
      filledWith: FigureStyle.paper)
    Self.write(titleLines, on: &picture)
    for (row, panels) in rows.enumerated() {
      for (column, panel) in panels.enumerated() {
        let (x, y) = origin(row: row, column: column)
        panel.draw(on: &picture, x: x - 1, y: y - 1)
      }
    }
    var y = picture.height - FigureStyle.margin - bars
    for bar in colorBars {
      y += FigureStyle.gap
      bar.draw(on: &picture, x: FigureStyle.margin, y: y)
      y += bar.height
    }
    return picture
  }

  private var columnWidths: [Int] {
    let count = rows.map(\.count).max() ?? 0
    return (0..<count).map { column in rows.filter { $0.count > column }.map { $0[column].width }.max() ?? 0 }
  }

  private var rowHeights: [Int] { rows.map { $0.map(\.height).max() ?? 0 } }

  private var panelsWidth: Int { columnWidths.reduce(0, +) + (columnWidths.count - 1) * FigureStyle.gap }

  private var contentWidth: Int {
    max(panelsWidth, colorBars.map(\.width).max() ?? 0, titleLines.map { FigureStyle.width(of: $0) }.max() ?? 0)
  }

  private var titleLines: [String] { Self.wrapped(title, width: max(panelsWidth, FigureStyle.maximumTextWidth)) }

  // MARK: Titles

  /// Wraps lines of text to `width` pixels, between words if possible.
  static func wrapped(_ lines: [String], width: Int) -> [String] {
    let room = max(1, (width / FigureStyle.dot + CaptionFont.advance - CaptionFont.width) / CaptionFont.advance)
    return lines.flatMap { line -> [String] in
      var (result, current) = ([String](), "")
      for word in line.split(separator: " ", omittingEmptySubsequences: false) {
        let longer = current.isEmpty ? String(word) : "\(current) \(word)"
        if longer.count <= room {
          current = longer
          continue
        }
        if !current.isEmpty { result.append(current) }
        current = String(word)
        while current.count > room {
          result.append(String(current.prefix(room)))
          current.removeFirst(room)
        }
      }
      return result + [current]
    }
  }

  /// The height of a title and the space below it.
  static func height(of title: [String]) -> Int {
    title.isEmpty
      ? 0 : title.count * FigureStyle.line + (title.count - 1) * FigureStyle.spacing + FigureStyle.gap * 3 / 4
  }

  static func write(_ title: [String], on picture: inout IndexedPicture) {
    for (row, line) in title.enumerated() {
      picture.write(
        line, x: FigureStyle.margin, y: FigureStyle.margin + row * (FigureStyle.line + FigureStyle.spacing))
    }
  }
}
