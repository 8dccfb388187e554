import GaussianField

/// The size of a texture's tile on a contact sheet, in pixels.
struct PreviewTile: Equatable, Sendable {
  /// A part of a reduced texture at full resolution.
  struct Detail: Equatable, Sendable {
    enum Place: Equatable, Sendable {
      case beside, below
      /// In the corner that the slices of a volume leave empty.
      case corner
    }

    let size: DetailSize
    let place: Place
    let scaleBar: ScaleBar
  }

  /// Textures narrower than this are magnified, where the sheet has room.
  static let minimumSide = 64
  /// The space between the whole texture and the detail.
  static let gap = 8
  /// The detail is beside the whole texture if both have at least this side, else below.
  private static let minimumSideBeside = 128

  let width: Int
  let height: Int
  /// How many pixels of the preview a pixel of the tile covers in each direction.
  let reduction: Int
  /// How many pixels of the tile a pixel of the preview covers in each direction.
  let magnification: Int
  let scaleBar: ScaleBar
  let detail: Detail?

  /// - Parameters:
  ///   - shape: of the textures.
  ///   - maximum: the maximum side of the whole texture.
  ///   - minimum: the longer side to which small textures are magnified.
  ///   - room: the maximum width of the whole texture and the detail; nil for no detail.
  init(_ shape: FieldShape, maximum: Int, minimum: Int = minimumSide, room: Int? = nil) {
    switch shape {
    case .series(let length): self.init(series: length, maximum: maximum, hasDetail: room != nil)
    case .image(let height, let width):
      let whole = Self(height: height, width: width, maximum: maximum, minimum: minimum)
      guard let room, max(width, height) > max(whole.width, whole.height) / whole.magnification else {
        self = whole
        return
      }
      let half = (room - Self.gap) / 2
      let isBeside = half >= Self.minimumSideBeside && width <= 2 * height
      self = isBeside ? Self(height: height, width: width, maximum: min(maximum, half), minimum: minimum) : whole
      let size = DetailSize(
        of: (width, height),
        in: (
          min(isBeside ? half : room, max(Self.minimumSide, self.width)), max(Self.minimumSide, self.height)
        ))
      self = with(
        Detail(
          size: size, place: isBeside ? .beside : .below,
          scaleBar: ScaleBar(side: max(size.width, size.height), reduction: 1, magnification: size.magnification)))
    case .volume(let depth, let height, let width):
      self.init(depth: depth, height: height, width: width, maximum: maximum, minimum: minimum, room: room)
    }
  }

  /// The size, including the detail.
  var block: (width: Int, height: Int) {
    guard let detail else { return (width, height) }
    switch detail.place {
    case .beside: return (width + Self.gap + detail.size.width, max(height, detail.size.height))
    case .below: return (max(width, detail.size.width), height + Self.gap + detail.size.height)
    case .corner: return (width, height)
    }
  }

  /// The upper left corner of the detail, relative to the tile's.
  var detailOrigin: (x: Int, y: Int) {
    switch detail?.place {
    case .beside: (width + Self.gap, 0)
    case .below: (0, height + Self.gap)
    case .corner, nil: (width - (detail?.size.width ?? 0), height - (detail?.size.height ?? 0))
    }
  }

  private init(
    width: Int, height: Int, reduction: Int, magnification: Int, scaleBar: ScaleBar, detail: Detail? = nil
  ) {
    (self.width, self.height, self.reduction, self.magnification) = (width, height, reduction, magnification)
    (self.scaleBar, self.detail) = (scaleBar, detail)
  }

  private func with(_ detail: Detail) -> PreviewTile {
    PreviewTile(
      width: width, height: height, reduction: reduction, magnification: magnification, scaleBar: scaleBar,
      detail: detail)
  }

  private init(height: Int, width: Int, maximum: Int, minimum: Int) {
    let factor = PreviewImage.reduction(of: max(width, height), to: PreviewImage.maximumSide)
    let preview = (
      width: PreviewImage.reduction(of: width, to: factor), height: PreviewImage.reduction(of: height, to: factor)
    )
    let side = max(preview.width, preview.height)
    let reduction = PreviewImage.reduction(of: side, to: maximum)
    let magnification = max(1, min(PreviewImage.reduction(of: minimum, to: side), maximum / side))
    let tile = (
      width: PreviewImage.reduction(of: preview.width, to: reduction) * magnification,
      height: PreviewImage.reduction(of: preview.height, to: reduction) * magnification
    )
    self.init(
      width: tile.width, height: tile.height, reduction: reduction, magnification: magnification,
      scaleBar: ScaleBar(
        side: max(tile.width, tile.height), reduction: factor * reduction, magnification: magnification))
  }

  private init(series length: Int, maximum: Int, hasDetail: Bool) {
    let height = max(1, maximum * 3 / 8)
    let points = min(length, TextureWindow.maximumSide, max(8, maximum / 4))
    self.init(
      width: maximum, height: height, reduction: PreviewImage.reduction(of: length, to: maximum), magnification: 1,
      scaleBar: SeriesPreview.scaleBar(points: length, width: maximum - 2),
      detail: hasDetail && length > maximum
        ? Detail(
          size: DetailSize(points: points, width: maximum, height: height), place: .below,
          scaleBar: SeriesPreview.scaleBar(points: points, width: maximum - 2)) : nil)
  }

  private init(depth: Int, height: Int, width: Int, maximum: Int, minimum: Int, room detailRoom: Int?) {
    let factor = SlicesPreview.reduction(of: .volume(depth: depth, height: height, width: width))
    let extents = [depth, height, width].map { PreviewImage.reduction(of: $0, to: factor) }
    let side = extents[0] + max(extents[1], extents[2])
    let room = max(1, maximum - SlicesPreview.gap)
    let reduction =
      (1...max(1, side)).first { factor in
        let reduced = extents.map { PreviewImage.reduction(of: $0, to: factor) }
        return reduced[0] + max(reduced[1], reduced[2]) <= room
      } ?? side
    let scale = max(1, min(PreviewImage.reduction(of: 2 * minimum, to: side), room / side))
    let panels = extents.map { PreviewImage.reduction(of: $0, to: reduction) * scale }
    let detail: Detail?
    if let detailRoom, factor * reduction > 1 {
      // The corner is too small in thin volumes.
      let isInCorner = panels[0] >= SlicesPreview.minimumDetailSide
      let size = DetailSize(
        of: (width, height),
        in: isInCorner
          ? (panels[0], panels[0])
          : (min(detailRoom, max(Self.minimumSide, panels[2])), max(Self.minimumSide, panels[1])))
      detail = Detail(
        size: size, place: isInCorner ? .corner : .below,
        scaleBar: ScaleBar(side: max(size.width, size.height), reduction: 1, magnification: size.magnification))
    } else {
      detail = nil
    }
    self.init(
      width: panels[2] + SlicesPreview.gap + panels[0], height: panels[1] + SlicesPreview.gap + panels[0],
      reduction: reduction, magnification: scale,
      scaleBar: ScaleBar(side: panels.max() ?? 1, reduction: factor * reduction, magnification: scale), detail: detail)
  }
}
