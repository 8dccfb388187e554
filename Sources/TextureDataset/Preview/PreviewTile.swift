import GaussianField

/// The size of a texture's tile on a contact sheet, in pixels.
struct PreviewTile: Equatable, Sendable {
  /// Textures narrower than this are magnified, where the sheet has room.
  static let minimumSide = 64

  let width: Int
  let height: Int
  /// How many pixels of the preview a pixel of the tile covers in each direction.
  let reduction: Int
  /// How many pixels of the tile a pixel of the preview covers in each direction.
  let magnification: Int

  /// - Parameters:
  ///   - shape: of the textures.
  ///   - maximum: the width and the height that a tile may have.
  init(_ shape: FieldShape, maximum: Int) {
    switch shape {
    case .series(let length):
      width = maximum
      height = max(1, maximum * 3 / 8)
      reduction = PreviewImage.reduction(of: length, to: maximum)
      magnification = 1
    case .image(let height, let width):
      let factor = PreviewImage.reduction(of: max(width, height), to: PreviewImage.maximumSide)
      let (previewWidth, previewHeight) = (
        PreviewImage.reduction(of: width, to: factor), PreviewImage.reduction(of: height, to: factor)
      )
      let side = max(previewWidth, previewHeight)
      reduction = PreviewImage.reduction(of: side, to: maximum)
      magnification = max(1, min(PreviewImage.reduction(of: Self.minimumSide, to: side), maximum / side))
      self.width = PreviewImage.reduction(of: previewWidth, to: reduction) * magnification
      self.height = PreviewImage.reduction(of: previewHeight, to: reduction) * magnification
    case .volume(let depth, let height, let width):
      let factor = SlicesPreview.reduction(of: shape)
      let extents = [depth, height, width].map { PreviewImage.reduction(of: $0, to: factor) }
      let side = extents[0] + max(extents[1], extents[2])
      let room = max(1, maximum - SlicesPreview.gap)
      let reduction = (1...max(1, side)).first { factor in
        let reduced = extents.map { PreviewImage.reduction(of: $0, to: factor) }
        return reduced[0] + max(reduced[1], reduced[2]) <= room
      }
      self.reduction = reduction ?? side
      magnification = max(1, min(PreviewImage.reduction(of: 2 * Self.minimumSide, to: side), room / side))
      let (divisor, scale) = (self.reduction, magnification)
      let panels = extents.map { PreviewImage.reduction(of: $0, to: divisor) * scale }
      self.width = panels[2] + SlicesPreview.gap + panels[0]
      self.height = panels[1] + SlicesPreview.gap + panels[0]
    }
  }
}
