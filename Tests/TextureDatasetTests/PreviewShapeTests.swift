import Foundation
import GaussianField
import Testing

@testable import TextureDataset

/// Previews of series, rectangles and volumes.
@Suite struct PreviewShapeTests {
  /// Some numbers without pattern, from -1 to 1.
  private func texture(_ shape: FieldShape) -> [Float] {
    (0..<shape.pixels).map { (index: Int) -> Float in
      let number = (index * 7_919 + index / 13 * 104_729) % 2_003
      return Float(number) / 1_001 - 1
    }
  }

  private func preview(_ texture: [Float], _ shape: FieldShape, piece: Int) -> any TexturePreview {
    var previewer = TexturePreviewer(shape)
    for first in stride(from: 0, to: texture.count, by: piece) {
      Array(texture[first..<min(first + piece, texture.count)]).withUnsafeBufferPointer { previewer.add($0) }
    }
    return previewer.preview()
  }

  @Test(arguments: [1, 5, 1_023, 1_024, 1_025, 5_000])
  func columnsOfASeriesSpanTheirPoints(length: Int) throws {
    let points = texture(.series(length: length))
    let series = try #require(preview(points, .series(length: length), piece: 700) as? SeriesPreview)
    let count = min(length, 1_024)
    let expected = (0..<count).map { column in
      points.indices.filter { $0 * count / length == column }.map { points[$0] }
    }
    let columns = series.columns.compactMap { $0 }
    #expect(columns.map(\.minimum) == expected.compactMap { $0.min() })
    #expect(columns.map(\.maximum) == expected.compactMap { $0.max() })
    #expect(columns.map(\.last) == expected.compactMap(\.last))
    #expect(series.reduction == (length + 1_023) / 1_024)
  }

  @Test func pointsThatAreNotNumbersLeaveAGap() throws {
    let series = try #require(preview([0, .nan, 1], .series(length: 3), piece: 3) as? SeriesPreview)
    let last: [Float?] = [0, nil, 1]
    #expect(series.columns.map { $0?.last } == last)
  }

  @Test func aConstantSeriesIsAHorizontalLine() {
    let palette = PreviewPalette(PreviewStyle(range: 2))
    let picture = preview([Float](repeating: 1, count: 50), .series(length: 50), piece: 50)
      .figure(title: "", palette: palette).picture()
    let rows = Set(picture.pixels.indices.filter { picture.pixels[$0] < 254 }.map { $0 / picture.width })
    #expect(rows.count == 1)
    #expect(picture.pixels.count { $0 < 254 } == 1_024)
  }

  @Test func slicesAreThoseThroughTheCenter() throws {
    let (depth, height, width) = (6, 5, 9)
    let shape = FieldShape.volume(depth: depth, height: height, width: width)
    let pixels = texture(shape)
    func pixel(_ z: Int, _ y: Int, _ x: Int) -> Float { pixels[(z * height + y) * width + x] }
    let slices = try #require(preview(pixels, shape, piece: 4 * width) as? SlicesPreview)
    #expect(slices.center == [3, 2, 4])
    #expect(slices.xy.pixels == (0..<height).flatMap { y in (0..<width).map { pixel(3, y, $0) } })
    #expect(slices.xz.pixels == (0..<depth).flatMap { z in (0..<width).map { pixel(z, 2, $0) } })
    #expect(slices.zy.pixels == (0..<height).flatMap { y in (0..<depth).map { pixel($0, y, 4) } })
  }

  @Test func slicesOfALargeVolumeAreReducedAlike() throws {
    let shape = FieldShape.volume(depth: 8, height: 9, width: 1_025)
    let slices = try #require(preview(texture(shape), shape, piece: 1_025 * 10) as? SlicesPreview)
    #expect([slices.xy, slices.xz, slices.zy].map(\.reduction) == [3, 3, 3])
    let heights = [slices.xy, slices.xz, slices.zy].map(\.height)
    #expect(heights == [3, 3, 3])
    #expect([slices.xy, slices.xz, slices.zy].map(\.width) == [342, 342, 3])
  }

  @Test func rectanglesKeepTheirProportions() throws {
    let shape = FieldShape.image(height: 512, width: 2_048)
    let image = try #require(preview(texture(shape), shape, piece: 2_048 * 3) as? PreviewImage)
    #expect(image.height == 256 && image.width == 1_024 && image.reduction == 2)
  }

  @Test(
    arguments: [
      FieldShape.series(length: 8), .series(length: 3_000), .image(height: 8, width: 64),
      .image(height: 1_000, width: 9),
      .volume(depth: 8, height: 9, width: 10), .volume(depth: 8, height: 100, width: 9),
      .volume(depth: 300, height: 8, width: 8),
    ], [1, 5, 1_024])
  func tilesOfAllShapesLieOnTheSheet(shape: FieldShape, classes: Int) {
    let palette = PreviewPalette(PreviewStyle(range: 1))
    var sheet = ContactSheet(
      (0..<classes).map { ContactSheet.Entry(classIndex: $0, className: "c\($0)", sample: $0) }, title: "sheet",
      shape: shape, palette: palette)
    let preview = preview(texture(shape), shape, piece: shape.rowLength)
    sheet.add(preview, tile: classes - 1)
    let tile = sheet.layout.tileSize
    #expect(sheet.layout.width <= 2_048 && tile.width <= 320 && tile.height <= 320)
    // Drawing beyond a picture's edge would crash.
    let picture = sheet.picture(palette: palette)
    let (x, y) = sheet.layout.tile(classes - 1)
    var shown = (0..<tile.height).flatMap { (row: Int) -> ArraySlice<UInt8> in
      let first = (y + row) * picture.width + x
      return picture.pixels[first..<first + tile.width]
    }
    var expected = preview.reduced(to: tile).picture(on: tile, palette: palette).pixels
    // The detail of a volume, with its frame, lies in the corner that the slices leave empty.
    if tile.detail?.place == .corner {
      for index in shown.indices
      where index % tile.width >= tile.detailOrigin.x - 1 && index / tile.width >= tile.detailOrigin.y - 1 {
        (shown[index], expected[index]) = (0, 0)
      }
    }
    #expect(shown == expected)
    #expect(shown.contains { $0 < 254 })
    let figure = preview.figure(title: "class 0 (c0), sample 0", palette: palette).picture()
    #expect(figure.pixels.contains { $0 < 254 } && figure.contains("class 0 (c0), sample 0"))
    #expect(figure.contains("\(shape) px"))
    #expect(preview.plainPicture(palette: palette).pixels.contains { $0 < 254 })
  }

  @Test func partsOfSeriesAndVolumesAreShownAtFullResolution() throws {
    let palette = PreviewPalette(PreviewStyle(range: 1))
    let points = texture(.series(length: 5_000))
    let series = try #require(preview(points, .series(length: 5_000), piece: 700) as? SeriesPreview)
    #expect(series.window?.pixels == Array(points[2_244..<2_756]))
    let plots = series.panels(palette: palette)
    #expect(plots.count == 2 && plots[1][0].caption == "x=2372 to 2627, marked part, full resolution")
    #expect(plots.map { $0[0].scaleBar.label } == ["1000 px", "50 px"])

    let shape = FieldShape.volume(depth: 8, height: 600, width: 700)
    let voxels = texture(shape)
    let slices = try #require(preview(voxels, shape, piece: 700 * 30) as? SlicesPreview)
    let detail = slices.panels(palette: palette)[1][1]
    #expect(detail.picture.width == 160 && detail.scaleBar.label == "20 px" && detail.scaleBar.width == 40)
    let expected = (0..<160).flatMap { row in
      (0..<160).map { column in palette.index(of: voxels[(4 * 600 + 260 + row / 2) * 700 + 310 + column / 2]) }
    }
    #expect(detail.picture.pixels == expected)
  }

  @Test func rangeFollowsTheField() throws {
    func range(_ shape: FieldShape, _ transform: PixelTransform) throws -> ClosedRange<Float> {
      let scale = try Scale(lengthScales: [1], weight: 1)
      return try Recipe(field: FieldModel(shape: shape, scales: [scale], transform: transform)).previewRange
    }
    let square = FieldShape.square(side: 64)
    #expect(try range(square, .identity) == -3...3)
    #expect(try range(square, .threshold(0.5)) == 0...1)
    // exp(2), and sqrt(2 ln 4096) standard deviations.
    #expect(abs(try range(square, .lognormal).upperBound - 7.389056) < 1e-5)
    #expect(abs(try range(.series(length: 4_096), .identity).upperBound - 4.0787) < 1e-3)
  }
}
