/// All classes of a dataset in one picture: a tile for each in the order of the classes, its name underneath.
///
/// Tiles are reduced as they are added, so that a sheet of 1,024 classes holds 14 MB.
public struct ContactSheet: Sendable {
  /// The classes' names, in their order.
  public let classNames: [String]

  let layout: ContactSheetLayout
  private let side: Int
  private var tiles: [PreviewImage?]

  /// A sheet without tiles yet.
  ///
  /// - Parameters:
  ///   - classNames: one a class, at least one.
  ///   - side: the side of the textures, in pixels, as given to ``PreviewReducer/init(side:)``.
  public init(classNames: [String], side: Int) {
    let reduction = PreviewImage.reduction(of: side, to: PreviewImage.maximumSide)
    self.side = PreviewImage.reduction(of: side, to: reduction)
    self.classNames = classNames
    layout = ContactSheetLayout(classNames: classNames, side: self.side)
    tiles = Array(repeating: nil, count: classNames.count)
  }

  /// Sets the tile of a class; classes without one stay white.
  ///
  /// - Precondition: `class` is a class's index, and the image has the side of the sheet's textures.
  public mutating func add(_ image: PreviewImage, class index: Int) {
    precondition(image.side == side, "the tiles of a contact sheet have one size")
    tiles[index] = layout.reduction == 1 ? image : image.reduced(by: layout.reduction)
  }

  /// What a pixel of a tile is of the texture: "4" for a mean of 4 x 4 pixels, "1/8" for an eighth of one.
  var reduction: String {
    if layout.magnification > 1 { return "1/\(layout.magnification)" }
    return "\(tiles.lazy.compactMap { $0 }.first?.reduction ?? 1)"
  }

  func picture(palette: PreviewPalette) -> IndexedPicture {
    var sheet = IndexedPicture(width: layout.width, height: layout.height, filledWith: PreviewPalette.white)
    for (index, image) in tiles.enumerated() {
      if let image {
        let (x, y) = layout.tile(index)
        sheet.draw(IndexedPicture(image, palette: palette), x: x, y: y, scale: layout.magnification)
      }
      let (x, y) = layout.caption(index)
      sheet.draw(layout.captions[index], x: x, y: y, scale: layout.captionScale, index: PreviewPalette.black)
    }
    return sheet
  }
}
