/// A picture of measured covariances and power spectra: for each class a row of panels.
public struct CovariancePicture: Sendable {
  /// The maximum number of classes in a picture.
  public static let maximumClasses = 64

  private let classes: [ClassCovariance]
  private static let header = 44

  /// - Parameter classes: at least one.
  /// - Throws: ``DatasetError`` with code `.png` if there are more than ``maximumClasses``.
  public init(_ classes: [ClassCovariance]) throws(DatasetError) {
    guard (1...Self.maximumClasses).contains(classes.count) else {
      throw DatasetError(
        .png,
        "\(counted(classes.count, "class")) in one picture: expected 1 to \(Self.maximumClasses); write a .csv, which holds any"
          + " number")
    }
    self.classes = classes
  }

  /// Writes the PNG so that its name holds the old contents or the new. Blocks while it writes.
  ///
  /// - Throws: ``DatasetError`` with code `.diskFull`, `.fileSystem` or `.png`.
  public func write(to path: String) throws(DatasetError) {
    var palette = PlotPalette()
    let picture = draw(&palette)
    let texts = [
      ("Title", "Covariance and power spectrum of \(counted(classes.count, "class"))"), ("Software", "gpgen"),
      ("classes", classes.map(\.name).joined(separator: " ")),
    ]
    try replaceFile(path, with: try IndexedPNG(picture: picture, colors: palette.colors, texts: texts).encoded())
  }

  /// The panels of a class.
  private var panels: Int { classes.allSatisfy(\.spectrum.isEmpty) ? 1 : 2 }

  /// Classes side by side: the more there are, the more, so that the picture stays near a square.
  private var columns: Int {
    let columns = classes.count <= 4 ? 2 : classes.count <= 16 ? 4 : 6
    return min(classes.count, columns / panels)
  }

  private func draw(_ palette: inout PlotPalette) -> IndexedPicture {
    let block = (width: panels * CurvePanel.size.width, height: CurvePanel.size.height)
    let rows = (classes.count + columns - 1) / columns
    var picture = IndexedPicture(
      width: columns * block.width, height: Self.header + rows * block.height, filledWith: PlotInk.paper.rawValue)
    var legend = PlotCanvas(width: columns * block.width, height: Self.header)
    drawLegend(on: &legend)
    place(legend, x: 0, y: 0, in: &picture, &palette)
    for (index, entry) in classes.enumerated() {
      // One block at a time, since a canvas has many samples for each pixel.
      var canvas = PlotCanvas(width: block.width, height: block.height)
      let name = "\(entry.name): "
      CurvePanel(
        title: name + "covariance", label: "lag in px", points: entry.covariance, isLogarithmic: false
      ).draw(on: &canvas, left: 0, top: 0)
      CurvePanel(
        title: name + "power spectrum", label: "wave number in rad per px", points: entry.spectrum,
        isLogarithmic: true
      ).draw(on: &canvas, left: CurvePanel.size.width, top: 0)
      let (row, column) = index.quotientAndRemainder(dividingBy: columns)
      place(canvas, x: column * block.width, y: Self.header + row * block.height, in: &picture, &palette)
    }
    return picture
  }

  private func drawLegend(on canvas: inout PlotCanvas) {
    let middle = 26.0
    var x = 104
    func entry(_ text: String, _ mark: (inout PlotCanvas, Double) -> Void) {
      mark(&canvas, Double(x))
      canvas.write(text, x: x + 40, y: Int(middle) - CaptionFont.height)
      x += 40 + CaptionFont.width(of: text) * 2 + 40
    }
    entry("measured") { canvas, x in canvas.disc(x: x + 15, y: middle, radius: 4, .points) }
    entry("model") { canvas, x in
      canvas.line([(x, middle), (x + 30, middle)], thickness: 2, .curve)
    }
    entry("95 percent band") { canvas, x in
      canvas.fill(x: x, y: middle - 8, width: 30, height: 16, .band)
    }
    let text = "below: difference in half widths of the band"
    if x + CaptionFont.width(of: text) * 2 <= canvas.width {
      canvas.write(text, x: x, y: Int(middle) - CaptionFont.height)
    }
  }

  private func place(
    _ canvas: PlotCanvas, x: Int, y: Int, in picture: inout IndexedPicture, _ palette: inout PlotPalette
  ) {
    var indices: [UInt8] = []
    indices.reserveCapacity(canvas.width * canvas.height)
    canvas.reduce { indices.append(palette.index(of: $0)) }
    picture.draw(IndexedPicture(width: canvas.width, pixels: indices), x: x, y: y, scale: 1)
  }
}
