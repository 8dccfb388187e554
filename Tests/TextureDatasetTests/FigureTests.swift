import Testing

@testable import TextureDataset

@Suite struct FigureTests {
  private static let palette = PreviewPalette(PreviewStyle(range: 2))

  /// Numbers without pattern, from -1 to 1.
  private func texture(_ count: Int) -> [Float] { (0..<count).map { Float($0 * 7_919 % 2_003) / 1_001 - 1 } }

  /// The lengths of horizontal lines of ink, two pixels thick, that end in ticks.
  private func bars(_ picture: IndexedPicture) -> [Int] {
    func isInk(_ x: Int, _ y: Int) -> Bool {
      (0..<picture.width).contains(x) && (0..<picture.height).contains(y)
        && picture.pixels[y * picture.width + x] == FigureStyle.ink
    }
    var lengths: [Int] = []
    for y in 5..<picture.height - 5 {
      for x in 0..<picture.width where !isInk(x - 1, y) && isInk(x, y) && isInk(x, y - 1) && !isInk(x + 2, y + 1) {
        let length = (x..<picture.width).prefix { isInk($0, y) && isInk($0, y - 1) }.count
        let ends = [x, x + length - 1].allSatisfy { end in (-5..<5).allSatisfy { isInk(end, y + $0) } }
        if length > 4, ends, !isInk(x + 2, y + 2), !isInk(x, y + 5), !isInk(x, y - 6) { lengths.append(length) }
      }
    }
    return lengths
  }

  // MARK: Scale bars

  @Test(arguments: [
    (1, 1), (5, 1), (7, 1), (8, 2), (16, 5), (32, 5), (35, 5), (36, 10), (64, 10), (128, 20), (256, 50), (512, 100),
    (1_000, 200), (1_024, 200), (4_096, 1_000), (65_536, 10_000),
  ])
  func scaleBarsHaveRoundLengths(extent: Int, length: Int) {
    #expect(ScaleBar.roundLength(extent) == length)
    // Within the geometric means of neighbouring round numbers.
    if extent >= 8 { #expect(length * 5 <= extent * 8 / 5 && length * 8 >= extent) }
  }

  @Test(arguments: [
    // side of the texture; pixels of the picture that the bar is long
    (8, 2 * 32), (64, 10 * 4), (200, 50 * 2), (256, 50), (1_024, 200), (1_500, 100), (2_048, 250), (3_000, 167),
  ])
  func scaleBarsAreAsLongAsTheySay(side: Int, expected: Int) throws {
    // A constant texture, in which nothing has the colour of ink.
    let image = PreviewImage(reducing: [Float](repeating: 0, count: side * side), side: side)
    let figure = image.figure(title: "", palette: Self.palette)
    let bar = figure.rows[0][0].scaleBar
    #expect(bar.width == expected)
    let lengths = bars(figure.picture())
    #expect(
      lengths == figure.rows[0].map(\.scaleBar.width).reversed() || lengths == figure.rows[0].map(\.scaleBar.width))
    #expect(figure.picture().contains("\(bar.length) px"))
  }

  // MARK: Text

  @Test func figuresNameTheTextureItsSizeAndItsValues() {
    let picture = PreviewImage(reducing: texture(64 * 64), side: 64)
      .figure(title: "class 3 (10-140), sample 7", palette: Self.palette).picture()
    for text in ["class 3 (10-140), sample 7", "64 x 64 px", "10 px", "-2", "0", "2", "pixel value"] {
      #expect(picture.contains(text), "\(text)")
    }
    #expect(!picture.contains("class 3 (10-140), sample 8"))
  }

  @Test func longTitlesWrap() {
    let words = Array(repeating: "matern,l=10,nu=0.5", count: 9).joined(separator: " ")
    #expect(Figure.wrapped([words, "b"], width: 1_024).count == 4)
    #expect(Figure.wrapped([words], width: 1_024).joined(separator: " ") == words)
    // A word that is longer than a line.
    #expect(Figure.wrapped([String(repeating: "x", count: 200)], width: 1_024).map(\.count) == [85, 85, 30])
    let picture = PreviewImage(reducing: [0], side: 1)
      .figure(title: String(repeating: "x", count: 2_000), palette: Self.palette).picture()
    #expect(picture.width <= 1_024 + 32)
  }

  // MARK: Colours

  @Test(arguments: [0..<UInt8(254), 127..<254])
  func colorBarsRunThroughAllLevels(levels: Range<UInt8>) {
    let bar = ColorBar(levels: levels, ticks: [0, 0.001622, 0.006488], quantity: "|dL/dx|")
    var picture = IndexedPicture(width: bar.width + 8, height: bar.height + 8, filledWith: FigureStyle.paper)
    bar.draw(on: &picture, x: 4, y: 4)
    let (x, y, width, height) = bar.bar(x: 4, y: 4)
    for row in y..<y + height {
      let line = picture.pixels[row * picture.width + x..<row * picture.width + x + width]
      #expect(line.first == levels.lowerBound && line.last == levels.upperBound - 1)
      #expect(zip(line, line.dropFirst()).allSatisfy { $0 <= $1 } && Set(line).count == levels.count)
    }
    for text in ["0", "0.001622", "0.006488", "|dL/dx|"] { #expect(picture.contains(text), "\(text)") }
  }

  // MARK: Details

  @Test func fullResolutionNeedsNoDetail() {
    #expect(PreviewImage(reducing: texture(1_024 * 8), width: 1_024).panels(palette: Self.palette).joined().count == 1)
  }

  @Test(arguments: [(1_200, 1_300), (8, 3_000), (1_500, 9)])
  func detailsHaveThePixelsOfTheTexture(height: Int, width: Int) throws {
    let texture = texture(height * width)
    let image = PreviewImage(reducing: texture, width: width)
    let panels = Array(image.panels(palette: Self.palette).joined())
    #expect(panels.count == 2 && panels[0].caption == "means of \(image.reduction) x \(image.reduction) px")
    let detail = panels[1]
    let scale = detail.scaleBar.width / detail.scaleBar.length
    #expect(detail.scaleBar.width == scale * detail.scaleBar.length)
    let part = (width: detail.picture.width / scale, height: detail.picture.height / scale)
    let (left, top) = (width / 2 - part.width / 2, height / 2 - part.height / 2)
    for row in 0..<detail.picture.height {
      for column in 0..<detail.picture.width {
        let expected = Self.palette.index(of: texture[(top + row / scale) * width + left + column / scale])
        if detail.picture.pixels[row * detail.picture.width + column] != expected {
          Issue.record("pixel (\(column), \(row))")
        }
      }
    }
    #expect(min(detail.picture.width, detail.picture.height) >= 48)
  }

  @Test func equalFiguresAreEqualBytes() {
    func picture() -> [UInt8] {
      PreviewImage(reducing: texture(1_100 * 1_100), side: 1_100).figure(title: "t", palette: Self.palette).picture()
        .pixels
    }
    #expect(picture() == picture())
  }

  // MARK: Texture maps

  @Test func mapsShowThePartAroundTheirMaximum() throws {
    let side = 1_100
    var map = [Float](repeating: 0, count: side * side)
    for x in 901...903 { map[300 * side + x] = 1 }
    let picture = TextureMapPicture(
      texture: texture(side * side), map: map, width: side, title: "class 0 (9.5-80), sample 4", quantity: "|dL/dx|")
    for figure in [picture.figure, picture.reduced(to: 300).figure] {
      #expect(figure.rows.map(\.count) == [2, 2])
      let detail = figure.rows[1][1].picture
      let bright = detail.pixels.indices.filter { detail.pixels[$0] > 127 && detail.pixels[$0] < 254 }
      // Three pixels as squares of 2 x 2, near the centre.
      #expect(bright.count == 12)
      #expect(bright.allSatisfy { abs($0 % detail.width - detail.width / 2) < 12 })
      #expect(bright.allSatisfy { abs($0 / detail.width - detail.height / 2) < 12 })
      let drawn = figure.picture()
      for text in [
        "class 0 (9.5-80), sample 4", "1100 x 1100 px", "200 px", "marked part, full resolution", "pixel value",
        "|dL/dx|, square-root scale", "0.25", "0", "1",
      ] {
        #expect(drawn.contains(text), "\(text)")
      }
    }
  }

  @Test func mapsOfConstantAndBrokenValuesAreDrawn() {
    for value in [Float(0), 1, .nan, .infinity] {
      let picture = TextureMapPicture(
        texture: [value, value, value, value], map: [0, 0, 0, value.isNaN ? 0 : value], width: 2)
      #expect(picture.figure.picture().width > 2 * 384)
    }
  }
}
