import Testing

@testable import TextureDataset

@Suite struct PreviewContactSheetTests {
  private func names(_ count: Int) -> [String] {
    (0..<count).map { "9.5-\($0)" }
  }

  @Test(arguments: [
    (1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (6, 3), (7, 3), (8, 4), (9, 3), (10, 5), (12, 4), (16, 4), (27, 9),
    (32, 8), (64, 8), (1_000, 40), (1_021, 32), (1_024, 32),
  ])
  func gridIsNearlySquare(classes: Int, columns: Int) {
    let layout = ContactSheetLayout(classNames: names(classes), shape: .square(side: 1_024))
    #expect(layout.columns == columns)
    #expect(layout.columns * layout.rows >= classes)
    #expect(layout.columns * (layout.rows - 1) < classes)
  }

  @Test(arguments: [1, 2, 3, 4, 7, 8, 27, 100, 997, 1_000, 1_024], [1, 2, 8, 33, 60, 100, 321, 513, 1_000, 1_024])
  func everythingLiesOnTheSheetAndApart(classes: Int, side: Int) {
    let layout = ContactSheetLayout(classNames: names(classes), shape: .square(side: side))
    #expect(layout.width <= 2_048)
    #expect(layout.tileSize.width <= 320)
    #expect(layout.tileSize.reduction == 1 || layout.tileSize.magnification == 1)
    let captionHeight = CaptionFont.height * layout.captionScale
    for index in 0..<classes {
      let tile = layout.tile(index)
      let caption = layout.caption(index)
      let captionWidth = CaptionFont.width(of: layout.captions[index]) * layout.captionScale
      #expect(tile.x >= 8 && tile.x + layout.tileSize.width + 8 <= layout.width)
      #expect(caption.x >= tile.x && caption.x + captionWidth <= tile.x + layout.tileSize.width)
      #expect(caption.y >= tile.y + layout.tileSize.width + 4 && caption.y + captionHeight + 8 <= layout.height)
      if index + layout.columns < classes {
        #expect(caption.y + captionHeight + 8 <= layout.tile(index + layout.columns).y)
      }
    }
  }

  @Test(arguments: [
    // side of the previews, classes; reduction, magnification, side of the tiles
    [8, 4, 1, 8, 64], [1, 4, 1, 64, 64], [50, 4, 1, 2, 100], [64, 4, 1, 1, 64], [320, 4, 1, 1, 320],
    [321, 4, 2, 1, 161], [1_024, 4, 4, 1, 256], [1_024, 1_024, 19, 1, 54], [8, 1_024, 1, 6, 48],
  ])
  func tilesAreReducedOrMagnifiedByWholeFactors(numbers: [Int]) {
    let layout = ContactSheetLayout(classNames: names(numbers[1]), shape: .square(side: numbers[0]))
    #expect([layout.tileSize.reduction, layout.tileSize.magnification, layout.tileSize.width] == Array(numbers[2...]))
  }

  @Test func namesTooLongForTheTilesBecomeClassNumbers() {
    let long = (0..<1_024).map { "1e-05-2.25-\($0)" }
    let layout = ContactSheetLayout(classNames: long, shape: .square(side: 1_024))
    #expect(layout.captions[7] == "0007")
    #expect(layout.captions[1_023] == "1023")
    #expect(
      ContactSheetLayout(classNames: Array(long[..<9]), shape: .square(side: 1_024)).captions == Array(long[..<9]))
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
    let characters = "0123456789.-+ abcdefghijklmnopqrstuvwxyz=_,:"
    let glyphs = characters.map { CaptionFont.rows(of: $0) }
    #expect(Set(glyphs).count == characters.count)
    #expect(glyphs.allSatisfy { $0.count == CaptionFont.height && $0.allSatisfy { row in row < 32 } })
    #expect(CaptionFont.rows(of: "X") == CaptionFont.rows(of: " "))
  }

  @Test func tilesAreMagnifiedInSharpSquares() {
    var sheet = ContactSheet(classNames: ["1", "2"], shape: .square(side: 2))
    sheet.add(PreviewImage(reducing: [-1, 0, 0, 1], side: 2), class: 1)
    let picture = sheet.picture(palette: PreviewPalette(PreviewStyle(range: 1)))
    #expect(sheet.reduction == "1/32")
    func pixel(_ x: Int, _ y: Int) -> UInt8 { picture.pixels[y * picture.width + x] }
    let (x, y) = sheet.layout.tile(1)
    for row in 0..<64 {
      for column in 0..<64 {
        let expected: UInt8 = [0, 127, 127, 253][row / 32 * 2 + column / 32]
        if pixel(x + column, y + row) != expected { Issue.record("pixel (\(column), \(row))") }
      }
    }
    // The class without a tile, and the gutters.
    #expect(pixel(sheet.layout.tile(0).x, sheet.layout.tile(0).y) == PreviewPalette.white)
    #expect(pixel(x - 1, y) == PreviewPalette.white && pixel(x, y - 1) == PreviewPalette.white)
    #expect(picture.pixels.contains(PreviewPalette.black))
  }

  @Test func tilesOfReducedTexturesSayTheWholeReduction() {
    var sheet = ContactSheet(classNames: ["1", "2", "3", "4"], shape: .square(side: 2_050))
    // 2,050 pixels are reduced by 3 to 684, and by 3 again to 228.
    sheet.add(PreviewImage(reducing: [Float](repeating: 0.5, count: 2_050 * 2_050), side: 2_050), class: 0)
    #expect(sheet.reduction == "9")
    #expect(sheet.layout.tileSize.width == 228)
  }
}
