/// A texture in gray, and beside it in colour a map with a value for each of its pixels.
public struct TextureMapPicture: Sendable {
  /// An image and a part of it at full resolution.
  private struct Panel: Sendable {
    let image: PreviewImage
    let window: TextureWindow
  }

  private let title: String
  private let quantity: String
  private let texture: Panel
  private let map: Panel
  /// The range of the texture's values.
  private let range: ClosedRange<Float>
  /// The centre of the detail, in texture pixels.
  private let center: (x: Int, y: Int)

  /// The minimum of a panel's longer side, in pixels; smaller textures are magnified.
  private static let minimumSide = 384
  /// The levels of each half of the palette: gray, then inferno; paper and ink follow.
  private static let levels: UInt8 = 127

  /// Images larger than ``PreviewImage/maximumSide`` are reduced; a detail then shows the part around the map's maximum at full
  /// resolution.
  ///
  /// - Parameters:
  ///   - texture: shape (height, width).
  ///   - map: shape (height, width), not negative.
  ///   - width: pixels.
  ///   - title: the figure's first line; none if empty.
  ///   - quantity: the name of the map's values.
  public init(texture: [Float], map: [Float], width: Int, title: String = "", quantity: String = "map") {
    let image = PreviewImage(reducing: map, width: width)
    let peak = image.pixels.indices.reduce(0) { image.pixels[$1] > image.pixels[$0] ? $1 : $0 }
    let center = (
      x: peak % image.width * image.reduction + image.reduction / 2,
      y: peak / image.width * image.reduction + image.reduction / 2
    )
    let side = TextureWindow.maximumSide
    func panel(_ image: PreviewImage, _ pixels: [Float]) -> Panel {
      Panel(image: image, window: TextureWindow(of: pixels, width: width, size: (side, side), around: center))
    }
    self.init(
      title: title, quantity: quantity, texture: panel(PreviewImage(reducing: texture, width: width), texture),
      map: panel(image, map), range: Self.range(of: texture), center: center)
  }

  private init(
    title: String, quantity: String, texture: Panel, map: Panel, range: ClosedRange<Float>, center: (x: Int, y: Int)
  ) {
    (self.title, self.quantity, self.texture, self.map) = (title, quantity, texture, map)
    (self.range, self.center) = (range, center)
  }

  /// The same picture, reduced so that no side of a panel exceeds a number of pixels.
  package func reduced(to side: Int) -> TextureMapPicture {
    let factor = PreviewImage.reduction(of: max(texture.image.width, texture.image.height), to: side)
    guard factor > 1 else { return self }
    func reduced(_ panel: Panel) -> Panel {
      Panel(image: panel.image.reduced(by: factor), window: panel.window)
    }
    return TextureMapPicture(
      title: title, quantity: quantity, texture: reduced(texture), map: reduced(map), range: range, center: center)
  }

  /// Writes the PNG so that its name holds the old contents or the new. Blocks while it writes.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - texts: for the file; keys of 1 to 79 characters of ASCII.
  /// - Throws: ``DatasetError`` with code `.diskFull`, `.fileSystem` or `.png`.
  public func write(to path: String, texts: [(key: String, value: String)] = []) throws(DatasetError) {
    try replaceFile(path, with: try encoded(texts: texts))
  }

  /// The bytes of the PNG.
  ///
  /// - Parameter texts: for the file; keys of 1 to 79 characters of ASCII.
  /// - Throws: ``DatasetError`` with code `.png`.
  package func encoded(texts: [(key: String, value: String)] = []) throws(DatasetError) -> [UInt8] {
    let levels = Int(Self.levels)
    let colors = Colormap.gray.table(levels: levels) + Colormap.inferno.table(levels: levels) + FigureStyle.colors
    let figure = figure
    return try IndexedPNG(
      picture: figure.picture(), colors: colors, texts: [("Software", "gpgen")] + texts + figure.texts
    ).encoded()
  }

  // MARK: Drawing

  /// The texture and the map; in a second row, the details of reduced images.
  var figure: Figure {
    let top = mapTop
    let (low, high) = (Double(range.lowerBound), Double(range.upperBound))
    let columns = [
      rowsOfPanels(texture, "texture") { self.gray($0) }, rowsOfPanels(map, quantity) { Self.heat($0, top: top) },
    ]
    return Figure(
      title: title.isEmpty ? [] : [title, "\(texture.image.shape) px"],
      rows: columns[0].indices.map { row in columns.map { $0[row] } },
      colorBars: [
        ColorBar(levels: 0..<Self.levels, ticks: [low, (low + high) / 2, high], quantity: "pixel value"),
        // A quarter of the maximum has half its square root.
        ColorBar(
          levels: Self.levels..<2 * Self.levels, ticks: [0, Double(top) / 4, Double(top)],
          quantity: "\(quantity), square-root scale"),
      ])
  }

  /// The panel of the image, and the detail if it is reduced.
  private func rowsOfPanels(_ panel: Panel, _ name: String, index: (Float) -> UInt8) -> [FigurePanel] {
    let image = panel.image
    let isReduced = image.reduction > 1
    let scale =
      isReduced ? 1 : max(1, PreviewImage.reduction(of: Self.minimumSide, to: max(image.width, image.height)))
    var whole = IndexedPicture(image, indices: image.pixels.map(index)).magnified(scale)
    let bar = ScaleBar(side: max(whole.width, whole.height), reduction: image.reduction, magnification: scale)
    guard isReduced else { return [FigurePanel(picture: whole, scaleBar: bar, caption: name)] }
    let side = min(FigureStyle.maximumDetailSide, max(64, image.width))
    let size = DetailSize(of: image.extents, in: (side, min(side, max(64, image.height))))
    let window = panel.window.cropped(to: size.part, around: center)
    whole.mark(window, reduction: image.reduction, magnification: scale)
    let detail = IndexedPicture(width: window.width, pixels: window.pixels.map(index))
    return [
      FigurePanel(
        picture: whole, scaleBar: bar, caption: "\(name), \(PreviewImage.caption(reduction: image.reduction))"),
      FigurePanel(detail.magnified(size.magnification), of: window, magnification: size.magnification),
    ]
  }

  // MARK: Colours

  /// From black for the minimum to white for the maximum.
  private func gray(_ value: Float) -> UInt8 {
    Self.level((value - range.lowerBound) / max(range.upperBound - range.lowerBound, .leastNormalMagnitude))
  }

  /// On a square-root scale, to keep small values visible.
  private static func heat(_ value: Float, top: Float) -> UInt8 { levels + level((value / top).squareRoot()) }

  /// The value of the last colour: the 99.9th percentile of the positive values.
  private var mapTop: Float {
    func top(_ pixels: [Float]) -> Float? {
      let positive = pixels.filter { $0 > 0 }.sorted()
      return positive.isEmpty ? nil : positive[(positive.count - 1) * 999 / 1000]
    }
    // Means have smaller maxima than the values themselves.
    let values = [top(map.image.pixels), map.image.reduction > 1 ? top(map.window.pixels) : nil]
    return values.compactMap { $0 }.max() ?? 1
  }

  private static func range(of pixels: [Float]) -> ClosedRange<Float> {
    let finite = pixels.lazy.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return 0...0 }
    return low...high
  }

  private static func level(_ place: Float) -> UInt8 {
    place.isNaN ? 0 : UInt8(min(max(place, 0), 1) * Float(levels - 1) + 0.5)
  }
}
