import Testing

@testable import TextureDataset

@Suite struct PreviewContactSheetTests {
  private static let palette = PreviewPalette(PreviewStyle(range: 1))

  private func entries(_ names: [String], samples: Int = 0) -> [ContactSheet.Entry] {
    names.enumerated().map { ContactSheet.Entry(classIndex: $0, className: $1, sample: samples + $0) }
  }

  private func entries(_ count: Int) -> [ContactSheet.Entry] { entries((0..<count).map { "9.5-\($0)" }) }

  private func layout(_ entries: [ContactSheet.Entry], side: Int) -> ContactSheetLayout {
    ContactSheetLayout(entries, title: "title", shape: .square(side: side), palette: Self.palette)
  }

  @Test(arguments: [
    (1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (6, 3), (7, 3), (8, 4), (9, 3), (10, 5), (12, 4), (16, 4), (27, 9),
    (32, 8), (64, 8), (1_000, 40), (1_021, 32), (1_024, 32),
  ])
  func gridIsNearlySquare(classes: Int, columns: Int) {
    let layout = layout(entries(classes), side: 1_024)
    #expect(layout.columns == columns)
    #expect(layout.columns * layout.rows >= classes)
    #expect(layout.columns * (layout.rows - 1) < classes)
  }

  @Test(arguments: [1, 2, 3, 4, 7, 8, 27, 100, 997, 1_000, 1_024], [1, 2, 8, 33, 60, 100, 321, 513, 1_000, 1_024])
  func everythingLiesOnTheSheetAndApart(classes: Int, side: Int) {
    let layout = layout(entries(classes), side: side)
    #expect(layout.width <= 2_048)
    #expect(layout.tileSize.width <= 320)
    #expect(layout.tileSize.reduction == 1 || layout.tileSize.magnification == 1)
    let block = layout.tileSize.block
    let captionHeight = CaptionFont.height * layout.captionScale
    var (top, bottom) = (layout.height, 0)
    for index in 0..<classes {
      let tile = layout.tile(index)
      #expect(tile.x >= 16 && tile.x + block.width + 16 <= layout.width)
      if let detail = layout.tileSize.detail {
        let origin = layout.tileSize.detailOrigin
        #expect(origin.x >= layout.tileSize.width + 8 || origin.y >= layout.tileSize.height + 8)
        #expect(origin.x + detail.size.width <= block.width && origin.y + detail.size.height <= block.height)
      }
      for (line, text) in layout.captions[index].enumerated() {
        let caption = layout.caption(index, line: line)
        let captionWidth = CaptionFont.width(of: text) * layout.captionScale
        #expect(caption.x == tile.x && caption.x + captionWidth <= tile.x + layout.cellWidth)
        #expect(caption.y >= tile.y + block.height + 4)
        bottom = max(bottom, caption.y + captionHeight)
        if index + layout.columns < classes {
          #expect(caption.y + captionHeight + 8 <= layout.tile(index + layout.columns).y)
        }
      }
      if (index + 1) % layout.columns != 0, index + 1 < classes {
        #expect(tile.x + layout.cellWidth + 12 <= layout.tile(index + 1).x)
      }
      top = min(top, tile.y)
    }
    // The title is above, the legend below.
    #expect(top >= 16 + 14 + 6 + 14 + 12)
    for (item, place) in layout.legend {
      #expect(place.y >= bottom + 8 && place.y + item.height + 16 <= layout.height)
      #expect(place.x >= 16 && place.x + item.width + 16 <= layout.width)
    }
  }

  @Test(arguments: [
    // side of the previews, classes; reduction, magnification, side of the tiles
    [8, 4, 1, 24, 192], [1, 4, 1, 192, 192], [50, 4, 1, 4, 200], [64, 4, 1, 3, 192], [192, 4, 1, 1, 192],
    [320, 4, 1, 1, 320], [321, 4, 2, 1, 161], [1_024, 4, 4, 1, 256], [1_024, 1_024, 21, 1, 49], [8, 1_024, 1, 6, 48],
  ])
  func tilesAreReducedOrMagnifiedByWholeFactors(numbers: [Int]) {
    let layout = layout(entries(numbers[1]), side: numbers[0])
    #expect([layout.tileSize.reduction, layout.tileSize.magnification, layout.tileSize.width] == Array(numbers[2...]))
  }

  @Test func captionsThatAreTooLongAreAbbreviatedInAllTiles() {
    let long = (0..<1_024).map { "1e-05-2.25-\($0)" }
    let few = layout(entries(Array(long[..<9])), side: 1_024)
    #expect(few.captions[7] == ["1e-05-2.25-7", "class 7, sample 7"])
    #expect(few.title == ["title", "1024 x 1024 px"])
    let many = layout(entries(long), side: 1_024)
    #expect(many.captions[7] == ["c7", "s7"] && many.captions[1_023] == ["c1023", "s1023"])
    #expect(many.title.last == "c: class, s: sample")
    // Names fit; "class 255, sample 255" does not.
    let short = layout(entries(256), side: 1_024)
    #expect(short.captions[3] == ["9.5-3", "c3 s3"])
    // No number is truncated: it would be that of another sample.
    let late = layout(entries(long, samples: 1 << 40), side: 1_024)
    #expect(late.captions[7] == ["c7"])
  }

  @Test func tilesOfLargeTexturesHaveDetailsAtFullResolution() throws {
    // The columns tell the pixels apart: neighbours differ by more than a level of the palette.
    let side = 1_024
    let texture = (0..<side * side).map { Float($0 * 7_919 % 2_003) / 1_001 - 1 }
    for classes in [4, 1_024] {
      var sheet = ContactSheet(entries(classes), title: "", shape: .square(side: side), palette: Self.palette)
      sheet.add(PreviewImage(reducing: texture, side: side), tile: 1)
      let picture = sheet.picture(palette: Self.palette)
      let (tile, (x, y)) = (sheet.layout.tileSize, sheet.layout.tile(1))
      let detail = try #require(tile.detail)
      #expect(detail.place == (classes == 4 ? .beside : .below))
      #expect(detail.size.magnification == (classes == 4 ? 2 : 1))
      let (scale, part) = (detail.size.magnification, detail.size.part)
      let (left, top) = (side / 2 - part.width / 2, side / 2 - part.height / 2)
      for row in 0..<detail.size.height {
        for column in 0..<detail.size.width {
          let place = (y + tile.detailOrigin.y + row) * picture.width + x + tile.detailOrigin.x + column
          let expected = Self.palette.index(of: texture[(top + row / scale) * side + left + column / scale])
          if picture.pixels[place] != expected { Issue.record("pixel (\(column), \(row)) of \(classes) classes") }
        }
      }
      #expect(detail.scaleBar.width == detail.scaleBar.length * scale)
      // To the nearest pixel of the picture.
      #expect(abs(tile.scaleBar.width * tile.reduction - tile.scaleBar.length) <= tile.reduction / 2)
    }
  }

  @Test func sheetsSayWhatTheyShow() throws {
    var sheet = ContactSheet(
      entries(["4-30", "5-30"], samples: 70), title: "first samples of 2 classes", shape: .square(side: 400),
      palette: Self.palette)
    for tile in 0..<2 {
      sheet.add(PreviewImage(reducing: [Float](repeating: 0, count: 160_000), side: 400), tile: tile)
    }
    let picture = sheet.picture(palette: Self.palette)
    for text in [
      "first samples of 2 classes", "400 x 400 px", "4-30", "class 0, sample 70", "5-30", "class 1, sample 71",
      "100 px", "(whole)", "20 px", "(marked part, full resolution)", "pixel value", "-1", "0", "1",
    ] {
      #expect(picture.contains(text), "\(text)")
    }
    #expect(!picture.contains("class 2, sample 72"))
  }

  @Test func captionsHaveTheDotsOfTheFont() {
    var picture = IndexedPicture(width: 24, height: 18, filledWith: 0)
    picture.draw("1e", x: 1, y: 2, scale: 2, index: 1)
    let rows = (0..<7).map { row in
      String((0..<11).map { picture.pixels[(2 + 2 * row) * 24 + 1 + 2 * $0] == 1 ? "#" : "." })
    }
    #expect(
      rows == [
        "..#........",
        ".##........",
        "..#....###.",
        "..#...#...#",
        "..#...#####",
        "..#...#....",
        ".###...###.",
      ])
    #expect(picture.pixels.count { $0 == 1 } == 4 * (10 + 14))
  }

  @Test func everyCharacterOfAClassNameHasItsOwnGlyph() {
    let characters = "0123456789.-+ abcdefghijklmnopqrstuvwxyz=_,:()/|L"
    let glyphs = characters.map { CaptionFont.rows(of: $0) }
    #expect(Set(glyphs).count == characters.count)
    #expect(glyphs.allSatisfy { $0.count == CaptionFont.height && $0.allSatisfy { row in row < 32 } })
    #expect(CaptionFont.rows(of: "X") == CaptionFont.rows(of: " "))
  }

  @Test func tilesAreMagnifiedInSharpSquares() {
    var sheet = ContactSheet(entries(2), title: "", shape: .square(side: 2), palette: Self.palette)
    sheet.add(PreviewImage(reducing: [-1, 0, 0, 1], side: 2), tile: 1)
    let picture = sheet.picture(palette: Self.palette)
    #expect(sheet.reduction == "1/96")
    func pixel(_ x: Int, _ y: Int) -> UInt8 { picture.pixels[y * picture.width + x] }
    let (x, y) = sheet.layout.tile(1)
    for row in 0..<192 {
      for column in 0..<192 {
        let expected: UInt8 = [0, 127, 127, 253][row / 96 * 2 + column / 96]
        if pixel(x + column, y + row) != expected { Issue.record("pixel (\(column), \(row))") }
      }
    }
    // The class without a tile, the frame, and the gutters.
    #expect(pixel(sheet.layout.tile(0).x, sheet.layout.tile(0).y) == PreviewPalette.paper)
    #expect(pixel(x - 1, y) == PreviewPalette.ink && pixel(x, y - 1) == PreviewPalette.ink)
    #expect(pixel(x + 192, y + 191) == PreviewPalette.ink && pixel(x + 191, y + 192) == PreviewPalette.ink)
    #expect(pixel(x - 2, y) == PreviewPalette.paper && pixel(x, y - 2) == PreviewPalette.paper)
  }

  @Test func tilesOfReducedTexturesSayTheWholeReduction() {
    var sheet = ContactSheet(entries(4), title: "", shape: .square(side: 2_050), palette: Self.palette)
    // 2,050 pixels are reduced by 3 to 684, and by 3 again to 228.
    sheet.add(PreviewImage(reducing: [Float](repeating: 0.5, count: 2_050 * 2_050), side: 2_050), tile: 0)
    #expect(sheet.reduction == "9")
    #expect(sheet.layout.tileSize.width == 228)
  }
}
