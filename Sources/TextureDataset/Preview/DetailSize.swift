/// How much of a texture a panel shows at full resolution, beside a panel of the whole whose pixels are means.
struct DetailSize: Equatable, Sendable {
  /// Of the part, in pixels of the texture.
  let part: (width: Int, height: Int)
  /// The panel's, in pixels of the picture.
  let width: Int
  /// The panel's, in pixels of the picture.
  let height: Int
  /// The side of the square that is a pixel of the texture.
  let magnification: Int

  /// Panels of at least this side show pixels as squares of 2 x 2.
  private static let magnifiedSide = 128
  /// The shorter side that a panel has at least: strips of few pixels are magnified.
  private static let minimumSide = 48

  /// - Parameters:
  ///   - extents: the texture's.
  ///   - room: of the panel, in pixels.
  init(of extents: (width: Int, height: Int), in room: (width: Int, height: Int)) {
    let preferred = max(room.width, room.height) >= Self.magnifiedSide ? 2 : 1
    let strip = PreviewImage.reduction(of: Self.minimumSide, to: min(extents.width, extents.height))
    magnification = max(1, min(max(preferred, strip), min(room.width, room.height)))
    let side = TextureWindow.maximumSide
    part = (
      max(1, min(extents.width, room.width / magnification, side)),
      max(1, min(extents.height, room.height / magnification, side))
    )
    (width, height) = (part.width * magnification, part.height * magnification)
  }

  /// A plot of some of a series' points.
  init(points: Int, width: Int, height: Int) {
    (part, self.width, self.height, magnification) = ((points, 1), width, height, 1)
  }

  static func == (a: DetailSize, b: DetailSize) -> Bool {
    a.part == b.part && a.width == b.width && a.height == b.height && a.magnification == b.magnification
  }
}
