/// A texture in gray, and beside it in colour a map with a value for each of its pixels.
public struct TextureMapPicture: Sendable {
  private let texture: PreviewImage
  private let map: PreviewImage

  /// The minimum of a panel's longer side, in pixels; smaller textures are magnified.
  private static let minimumSide = 384
  private static let gutter = 8
  /// The levels of each half of the palette: gray, then inferno; white and black follow.
  private static let levels = 127

  /// Both are reduced where they are larger than ``PreviewImage/maximumSide``.
  ///
  /// - Parameters:
  ///   - texture: shape (height, width).
  ///   - map: shape (height, width), not negative.
  ///   - width: pixels.
  public init(texture: [Float], map: [Float], width: Int) {
    self.texture = PreviewImage(reducing: texture, width: width)
    self.map = PreviewImage(reducing: map, width: width)
  }

  /// The same picture, reduced so that no side of a panel exceeds a number of pixels.
  package func reduced(to side: Int) -> TextureMapPicture {
    let factor = PreviewImage.reduction(of: max(texture.width, texture.height), to: side)
    return factor == 1 ? self : TextureMapPicture(texture: texture.reduced(by: factor), map: map.reduced(by: factor))
  }

  private init(texture: PreviewImage, map: PreviewImage) { (self.texture, self.map) = (texture, map) }

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
    let white = Colormap.RGB(red: 255, green: 255, blue: 255)
    let black = Colormap.RGB(red: 0, green: 0, blue: 0)
    let colors =
      Colormap.gray.table(levels: Self.levels) + Colormap.inferno.table(levels: Self.levels) + [white, black]
    return try IndexedPNG(picture: picture, colors: colors, texts: [("Software", "gpgen")] + texts).encoded()
  }

  private var picture: IndexedPicture {
    let scale = max(1, PreviewImage.reduction(of: Self.minimumSide, to: max(texture.width, texture.height)))
    let panel = texture.width * scale
    var picture = IndexedPicture(
      width: 2 * panel + 3 * Self.gutter, height: texture.height * scale + 2 * Self.gutter,
      filledWith: PreviewPalette.white)
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
