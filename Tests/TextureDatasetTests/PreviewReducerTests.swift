import Testing

@testable import TextureDataset

@Suite struct PreviewReducerTests {
  /// Some numbers without pattern.
  private func texture(side: Int) -> [Float] {
    (0..<(side * side)).map { index in
      let number = (index * 7_919 + index / 13 * 104_729) % 2_003
      return Float(number) / 1_000 - 1
    }
  }

  /// The mean of every block, the slow and obvious way.
  private func reference(_ texture: [Float], side: Int, factor: Int) -> [Float] {
    stride(from: 0, to: side, by: factor).flatMap { y in
      stride(from: 0, to: side, by: factor).map { x in
        let block = (y..<min(y + factor, side)).flatMap { row in
          (x..<min(x + factor, side)).map { column in Double(texture[row * side + column]) }
        }
        return Float(block.reduce(0, +) / Double(block.count))
      }
    }
  }

  @Test(
    arguments: [1, 2, 7, 16, 31, 45, 64], [1, 2, 3, 4, 7, 64])
  func pixelsAreMeansOfBlocks(side: Int, factor: Int) {
    let texture = texture(side: side)
    let expected = reference(texture, side: side, factor: factor)
    for band in [1, 2, 5, side] {
      var reducer = PreviewReducer(side: side, factor: factor)
      for row in stride(from: 0, to: side, by: band) {
        let rows = Array(texture[(row * side)..<(min(row + band, side) * side)])
        rows.withUnsafeBufferPointer { reducer.add(rows: $0) }
      }
      let image = reducer.image()
      #expect(image.width == (side + factor - 1) / factor)
      #expect(image.reduction == factor)
      #expect(image.pixels.count == expected.count)
      // The order of the double-precision sums differs, by less than single precision shows.
      #expect(zip(image.pixels, expected).allSatisfy { abs($0 - $1) <= 1e-6 })
    }
  }

  @Test func bandsDoNotChangeABit() {
    let side = 37
    let texture = texture(side: side)
    func reduced(bands: [Int]) -> [Float] {
      var reducer = PreviewReducer(side: side, factor: 5)
      var row = 0
      for band in bands {
        Array(texture[(row * side)..<((row + band) * side)]).withUnsafeBufferPointer { reducer.add(rows: $0) }
        row += band
      }
      return reducer.image().pixels
    }
    #expect(reduced(bands: [37]) == reduced(bands: [1, 0, 9, 3, 14, 10]))
  }

  @Test(arguments: [
    (1, 1), (8, 1), (1_023, 1), (1_024, 1), (1_025, 2), (2_048, 2), (2_049, 3), (4_096, 4), (65_536, 64),
  ])
  func factorKeepsPreviewsWithin1024(side: Int, factor: Int) {
    #expect(PreviewReducer(side: side).factor == factor)
  }

  @Test func smallTexturesAreKeptAsTheyAre() {
    let texture = texture(side: 9)
    let image = PreviewImage(reducing: texture, side: 9)
    #expect(image.pixels == texture)
    #expect(image.reduction == 1)
  }

  @Test func oddLargeSideIsReduced() {
    let side = 1_025
    let texture = texture(side: side)
    let image = PreviewImage(reducing: texture, side: side)
    #expect(image.width == 513)
    #expect(image.reduction == 2)
    #expect(image.pixels.last == texture.last)
    #expect(zip(image.pixels, reference(texture, side: side, factor: 2)).allSatisfy { abs($0 - $1) <= 1e-6 })
  }

  @Test func notANumberStaysInItsBlock() {
    var texture = texture(side: 6)
    texture[8] = .nan
    var reducer = PreviewReducer(side: 6, factor: 2)
    texture.withUnsafeBufferPointer { reducer.add(rows: $0) }
    #expect(reducer.image().pixels.map(\.isNaN) == [false, true] + Array(repeating: false, count: 7))
  }
}
