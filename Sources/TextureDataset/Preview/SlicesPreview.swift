import GaussianField

/// The three central slices of a volume, laid out so that those that share an axis share it on the picture: xy, below it xz,
/// and to the right of it zy.
struct SlicesPreview: Sendable {
  /// White between the slices, in pixels.
  static let gap = 6
  /// Volumes of shorter extents are magnified in their own pictures.
  private static let minimumSide = 160

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
    on picture: inout IndexedPicture, x: Int, y: Int, gap: (right: Int, below: Int), scale: Int, palette: PreviewPalette
  ) {
    let (right, below) = (x + xy.width * scale + gap.right, y + xy.height * scale + gap.below)
    picture.draw(IndexedPicture(xy, palette: palette), x: x, y: y, scale: scale)
    picture.draw(IndexedPicture(zy, palette: palette), x: right, y: y, scale: scale)
    picture.draw(IndexedPicture(xz, palette: palette), x: x, y: below, scale: scale)
  }
}

extension SlicesPreview: TexturePreview {
  var reduction: Int { xy.reduction }

  func picture(palette: PreviewPalette) -> IndexedPicture {
    let scale = max(1, PreviewImage.reduction(of: Self.minimumSide, to: max(xy.width, xy.height, xz.height)))
    let captions = ["xy, z=\(center[0])", "xz, y=\(center[1])", "zy, x=\(center[2])"]
    let captionScale = 2
    // Above, between a slice and its caption, and below that.
    let (margin, line) = (8, 4 + CaptionFont.height * captionScale + 12)
    let captionWidth = captions.map { CaptionFont.width(of: $0) * captionScale }.max() ?? 0
    let (wide, deep) = (max(xy.width * scale, captionWidth), max(xz.height * scale, captionWidth))
    let right = margin + wide + 2 * margin
    let below = margin + xy.height * scale + line
    var picture = IndexedPicture(
      width: right + deep + margin, height: below + xz.height * scale + line, filledWith: PreviewPalette.white)
    draw(
      on: &picture, x: margin, y: margin, gap: (right - margin - xy.width * scale, line), scale: scale, palette: palette
    )
    let places = [
      (margin, below - line + 4), (margin, below + xz.height * scale + 4), (right, below - line + 4),
    ]
    for (caption, (x, y)) in zip(captions, places) {
      picture.draw(caption, x: x, y: y, scale: captionScale, index: PreviewPalette.black)
    }
    return picture
  }

  func reduced(to tile: PreviewTile) -> any TexturePreview {
    guard tile.reduction > 1 else { return self }
    return SlicesPreview(
      xy: xy.reduced(by: tile.reduction), xz: xz.reduced(by: tile.reduction), zy: zy.reduced(by: tile.reduction),
      center: center)
  }

  func picture(on tile: PreviewTile, palette: PreviewPalette) -> IndexedPicture {
    var picture = IndexedPicture(width: tile.width, height: tile.height, filledWith: PreviewPalette.white)
    draw(on: &picture, x: 0, y: 0, gap: (Self.gap, Self.gap), scale: tile.magnification, palette: palette)
    return picture
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
