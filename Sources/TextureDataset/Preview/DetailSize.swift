/// The size of a detail: a panel that shows part of a reduced texture at full resolution.
struct DetailSize: Equatable, Sendable {
  /// The size of the part, in texture pixels.
  let part: (width: Int, height: Int)
  /// The panel's width, in pixels of the picture.
  let width: Int
  /// The panel's height, in pixels of the picture.
  let height: Int
  /// The side of the square that shows a texture pixel.
  let magnification: Int

  /// Panels of at least this side show pixels as squares of 2 x 2 pixels.
  private static let magnifiedSide = 128
  /// The minimum of a panel's shorter side: narrow strips are magnified.
  private static let minimumSide = 48

  /// - Parameters:
  ///   - extents: the size of the texture.
  ///   - room: the maximum size of the panel, in pixels of the picture.
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

  /// A plot of part of a series.
  init(points: Int, width: Int, height: Int) {
    (part, self.width, self.height, magnification) = ((points, 1), width, height, 1)
  }

  static func == (a: DetailSize, b: DetailSize) -> Bool {
    a.part == b.part && a.width == b.width && a.height == b.height && a.magnification == b.magnification
  }
}
