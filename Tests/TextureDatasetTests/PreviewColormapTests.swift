import Testing

@testable import TextureDataset

@Suite struct PreviewColormapTests {
  @Test(arguments: [
    (Colormap.inferno, MatplotlibTables.inferno), (Colormap.viridis, MatplotlibTables.viridis),
  ])
  func everyChannelIsWithinTwoOfMatplotlib(map: Colormap, expected: [[Int]]) {
    let table = map.table(levels: 256)
    #expect(table.count == 256 && expected.count == 256)
    for (color, reference) in zip(table, expected) {
      let channels = [Int(color.red), Int(color.green), Int(color.blue)]
      #expect(zip(channels, reference).allSatisfy { abs($0 - $1) <= 2 }, "\(channels) for \(reference)")
    }
  }

  @Test func endsAreExact() {
    #expect(Colormap.inferno.table(levels: 254).first == .init(red: 0x00, green: 0x00, blue: 0x04))
    #expect(Colormap.inferno.table(levels: 254).last == .init(red: 0xfc, green: 0xff, blue: 0xa4))
    #expect(Colormap.viridis.table(levels: 254).first == .init(red: 0x44, green: 0x01, blue: 0x54))
    #expect(Colormap.viridis.table(levels: 254).last == .init(red: 0xfd, green: 0xe7, blue: 0x25))
  }

  @Test func grayIsTheIdentity() {
    let table = Colormap.gray.table(levels: 256)
    #expect(table.map { Int($0.red) } == Array(0..<256))
    #expect(table.allSatisfy { $0.red == $0.green && $0.green == $0.blue })
  }

  @Test(arguments: Colormap.allCases)
  func paletteEndsInPaperAndInk(map: Colormap) {
    let colors = PreviewPalette(PreviewStyle(colormap: map, range: 1)).colors
    #expect(colors.count == 256)
    #expect(colors[254] == .init(red: 255, green: 255, blue: 255))
    // The text of plots.
    #expect(colors[255] == PlotInk.text.color)
  }

  @Test(arguments: [
    (Float(-3), UInt8(0)), (3, 253), (0, 127), (-2.99, 0), (2.99, 253), (1.5, 190), (-1.5, 63),
    (-3.001, 0), (400, 253), (-.infinity, 0), (.infinity, 253), (.greatestFiniteMagnitude, 253),
    (.nan, PreviewPalette.paper), (-.signalingNaN, PreviewPalette.paper),
  ])
  func valuesTakeTheLevelOfTheirPlaceInTheRange(value: Float, index: UInt8) {
    #expect(PreviewPalette(PreviewStyle(range: 3)).index(of: value) == index)
  }

  @Test func extremeRangesDoNotCrash() {
    for range in [Float.leastNonzeroMagnitude, .greatestFiniteMagnitude] {
      let palette = PreviewPalette(PreviewStyle(range: range))
      #expect(palette.index(of: -.greatestFiniteMagnitude) == 0)
      #expect(palette.index(of: .greatestFiniteMagnitude) == 253)
      #expect(palette.index(of: 0) == 127)
    }
  }
}
