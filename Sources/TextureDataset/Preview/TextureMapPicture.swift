/// A texture in gray, and beside it a map of the same size in colour: what is said of each of its pixels.
public struct TextureMapPicture: Sendable {
  private let texture: PreviewImage
  private let map: PreviewImage

  /// The least side of a panel, in pixels; smaller textures are magnified.
  private static let minimumSide = 384
  private static let gutter = 8
  /// The levels of each half of the palette: gray, then inferno; white and black follow.
  private static let levels = 127

  /// Both are reduced where they are larger than ``PreviewImage/maximumSide``.
  ///
  /// - Parameters:
  ///   - texture: shape (side, side).
  ///   - map: shape (side, side), not negative.
  ///   - side: pixels.
  public init(texture: [Float], map: [Float], side: Int) {
    self.texture = PreviewImage(reducing: texture, side: side)
    self.map = PreviewImage(reducing: map, side: side)
  }

  /// Writes the PNG so that its name holds the old contents or the new. Blocks while it writes.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - texts: for the file; keys of 1 to 79 characters of ASCII.
  /// - Throws: ``DatasetError`` with code `.diskFull`, `.fileSystem` or `.png`.
  public func write(to path: String, texts: [(key: String, value: String)] = []) throws(DatasetError) {
    let white = Colormap.RGB(red: 255, green: 255, blue: 255)
    let black = Colormap.RGB(red: 0, green: 0, blue: 0)
    let colors =
      Colormap.gray.table(levels: Self.levels) + Colormap.inferno.table(levels: Self.levels) + [white, black]
    let png = IndexedPNG(picture: picture, colors: colors, texts: [("Software", "gpgen")] + texts)
    try replaceFile(path, with: try png.encoded())
  }

  private var picture: IndexedPicture {
    let scale = max(1, PreviewImage.reduction(of: Self.minimumSide, to: texture.width))
    let panel = texture.width * scale
    var picture = IndexedPicture(
      width: 2 * panel + 3 * Self.gutter, height: panel + 2 * Self.gutter, filledWith: PreviewPalette.white)
    let (left, right) = (Self.gutter, panel + 2 * Self.gutter)
    picture.draw(IndexedPicture(texture, indices: grays), x: left, y: Self.gutter, scale: scale)
    picture.draw(IndexedPicture(map, indices: heats), x: right, y: Self.gutter, scale: scale)
    return picture
  }

  /// From the least value, black, to the maximum, white.
  private var grays: [UInt8] {
    let (low, high) = (texture.pixels.min() ?? 0, texture.pixels.max() ?? 0)
    return texture.pixels.map { Self.level(($0 - low) / max(high - low, .leastNormalMagnitude)) }
  }

  /// By the square root, so that small values are seen too; the maximum thousandth of the values that are not zero
  /// takes the last colour.
  private var heats: [UInt8] {
    let positive = map.pixels.filter { $0 > 0 }.sorted()
    let top = positive.isEmpty ? 1 : positive[(positive.count - 1) * 999 / 1000]
    return map.pixels.map { UInt8(Self.levels) + Self.level(($0 / top).squareRoot()) }
  }

  private static func level(_ place: Float) -> UInt8 {
    place.isNaN ? 0 : UInt8(min(max(place, 0), 1) * Float(levels - 1) + 0.5)
  }
}
