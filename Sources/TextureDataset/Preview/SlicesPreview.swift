import GaussianField

/// The three central slices of a volume, laid out so that those that share an axis share it on the picture: xy, below it xz,
/// and to the right of it zy.
struct SlicesPreview: Sendable {
  /// White between the slices, in pixels.
  static let gap = 6
  /// Smaller volumes are magnified in their own figures.
  private static let minimumSide = 160
  /// The minimum side of the corner in which a tile shows its detail.
  static let minimumDetailSide = 32

  /// Rows y, columns x, at the central z.
  let xy: PreviewImage
  /// Rows z, columns x, at the central y.
  let xz: PreviewImage
  /// Rows y, columns z, at the central x.
  let zy: PreviewImage
  /// The positions of the slices, in pixels along z, y and x.
  let center: [Int]

  /// The factor that brings the extents of volumes down to half of a preview's.
  static func reduction(of shape: FieldShape) -> Int {
    PreviewImage.reduction(of: shape.extents.max() ?? 1, to: PreviewImage.maximumSide / 2)
  }

  /// Draws the slices; their upper left corner at (x, y), each pixel as a square of `scale` x `scale`.
  private func draw(
    on picture: inout IndexedPicture, x: Int, y: Int, scale: Int, palette: PreviewPalette
  ) {
    let (right, below) = (x + xy.width * scale + Self.gap, y + xy.height * scale + Self.gap)
    picture.draw(IndexedPicture(xy, palette: palette), x: x, y: y, scale: scale)
    picture.draw(IndexedPicture(zy, palette: palette), x: right, y: y, scale: scale)
    picture.draw(IndexedPicture(xz, palette: palette), x: x, y: below, scale: scale)
  }
}

extension SlicesPreview: TexturePreview {
  var reduction: Int { xy.reduction }

  var shape: FieldShape {
    .volume(depth: xz.extents.height, height: xy.extents.height, width: xy.extents.width)
  }

  var isColored: Bool { true }

  func plainPicture(palette: PreviewPalette) -> IndexedPicture {
    var picture = IndexedPicture(
      width: xy.width + Self.gap + zy.width, height: xy.height + Self.gap + xz.height,
      filledWith: PreviewPalette.paper)
    draw(on: &picture, x: 0, y: 0, scale: 1, palette: palette)
    return picture
  }

  func panels(palette: PreviewPalette) -> [[FigurePanel]] {
    let scale =
      reduction > 1
      ? 1 : max(1, PreviewImage.reduction(of: Self.minimumSide, to: max(xy.width, xy.height, xz.height)))
    // All slices have the same scale bar.
    let bar = ScaleBar(
      side: scale * max(xy.width, xy.height, xz.height), reduction: reduction, magnification: scale)
    func panel(_ image: PreviewImage, _ caption: String) -> FigurePanel {
      FigurePanel(
        picture: IndexedPicture(image, palette: palette).magnified(scale), scaleBar: bar, caption: caption)
    }
    let slices = [
      panel(xy, "xy, z=\(center[0])"), panel(zy, "zy, x=\(center[2])"), panel(xz, "xz, y=\(center[1])"),
    ]
    guard reduction > 1 else { return [Array(slices[..<2]), [slices[2]]] }
    let side = min(FigureStyle.maximumDetailSide, max(160, zy.width, xz.height))
    let size = DetailSize(of: xy.extents, in: (side, side))
    let window = xy.window(of: size.part)
    var marked = slices[0].picture
    marked.mark(window, reduction: reduction, magnification: scale)
    return [
      [
        FigurePanel(
          picture: marked, scaleBar: bar,
          caption: "\(slices[0].caption), \(PreviewImage.caption(reduction: reduction))"), slices[1],
      ],
      [
        slices[2],
        FigurePanel(window: window, magnification: size.magnification, palette: palette),
      ],
    ]
  }

  func reduced(to tile: PreviewTile) -> any TexturePreview {
    guard tile.reduction > 1 || tile.detail != nil else { return self }
    return SlicesPreview(
      xy: xy.reduced(by: tile.reduction, keeping: tile.detail?.size.part), xz: xz.reduced(by: tile.reduction),
      zy: zy.reduced(by: tile.reduction), center: center)
  }

  func picture(on tile: PreviewTile, palette: PreviewPalette) -> IndexedPicture {
    var picture = IndexedPicture(width: tile.width, height: tile.height, filledWith: PreviewPalette.paper)
    draw(on: &picture, x: 0, y: 0, scale: tile.magnification, palette: palette)
    if let window = xy.window, tile.detail != nil {
      picture.mark(
        window, reduction: reduction, magnification: tile.magnification,
        within: (xy.width * tile.magnification, xy.height * tile.magnification))
    }
    return picture
  }

  func detailPicture(on tile: PreviewTile, palette: PreviewPalette) -> IndexedPicture? {
    guard let detail = tile.detail, let window = xy.window else { return nil }
    return IndexedPicture(window, palette: palette).magnified(detail.size.magnification)
  }
}

/// Takes the central slices out of a volume while its rows come by.
struct VolumeSlicer: Sendable {
  private let depth: Int
  private let height: Int
  private let width: Int
  private var rowCount = 0
  private var xy: PreviewReducer
  private var xz: PreviewReducer
  /// Shape (z, y): the central x of every row.
  private var central: [Float] = []

  init(depth: Int, height: Int, width: Int) {
    (self.depth, self.height, self.width) = (depth, height, width)
    let factor = SlicesPreview.reduction(of: .volume(depth: depth, height: height, width: width))
    xy = PreviewReducer(width: width, height: height, factor: factor)
    xz = PreviewReducer(width: width, height: depth, factor: factor)
    central.reserveCapacity(depth * height)
  }

  /// Takes the next whole rows, plane after plane.
  mutating func add(rows: UnsafeBufferPointer<Float>) {
    precondition(rows.count.isMultiple(of: width), "bands are made of whole rows")
    for first in stride(from: 0, to: rows.count, by: width) {
      let row = UnsafeBufferPointer(rebasing: rows[first..<first + width])
      let (z, y) = rowCount.quotientAndRemainder(dividingBy: height)
      if z == depth / 2 { xy.add(rows: row) }
      if y == height / 2 { xz.add(rows: row) }
      central.append(row[width / 2])
      rowCount += 1
    }
  }

  /// The slices, once every row has been added.
  func preview() -> SlicesPreview {
    precondition(rowCount == depth * height, "a preview is made of all rows of its texture")
    var zy = PreviewReducer(width: depth, height: height, factor: xy.factor)
    let transposed = (0..<height).flatMap { y in (0..<depth).map { z in central[z * height + y] } }
    transposed.withUnsafeBufferPointer { zy.add(rows: $0) }
    return SlicesPreview(
      xy: xy.image(), xz: xz.image(), zy: zy.image(), center: [depth / 2, height / 2, width / 2])
  }
}
