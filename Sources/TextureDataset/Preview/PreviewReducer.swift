/// Reduces a texture to a preview while its rows come by, so that a large texture is never held as a whole.
///
/// Each pixel of the preview is the mean of a block of factor x factor pixels; the blocks at the right and lower
/// edges are smaller where the factor does not divide the extent, and are means of what is there. The result does not
/// depend on how the rows are split into calls.
public struct PreviewReducer: Sendable {
  /// Pixels in a row of the texture.
  public let width: Int
  /// The texture's rows.
  public let height: Int
  /// The side of a block, in pixels: the smallest whole number that makes the preview no larger than
  /// ``PreviewImage/maximumSide``.
  public let factor: Int

  private let reducedWidth: Int
  private var rowCount = 0
  /// The sums of the blocks the last row belongs to.
  private var sums: [Double]
  private var pixels: [Float] = []
  /// The part to keep at full resolution.
  private var window: TextureWindow?

  /// A reducer for a texture of `side` x `side` pixels, `side` at least 1.
  public init(side: Int) {
    self.init(width: side, height: side)
  }

  /// A reducer for a texture of `height` rows of `width` pixels, each at least 1.
  public init(width: Int, height: Int) {
    let factor = PreviewImage.reduction(of: max(width, height), to: PreviewImage.maximumSide)
    self.init(width: width, height: height, factor: factor)
  }

  init(side: Int, factor: Int) { self.init(width: side, height: side, factor: factor) }

  init(width: Int, height: Int, factor: Int, keepsWindow: Bool = true) {
    precondition(width > 0 && height > 0 && factor > 0, "a texture has pixels")
    self.width = width
    self.height = height
    self.factor = factor
    reducedWidth = PreviewImage.reduction(of: width, to: factor)
    sums = Array(repeating: 0, count: reducedWidth)
    window = keepsWindow && factor > 1 ? TextureWindow(centerOf: width, height) : nil
    pixels.reserveCapacity(reducedWidth * PreviewImage.reduction(of: height, to: factor))
  }

  /// Takes the next rows, from top to bottom.
  ///
  /// - Parameter rows: any number of whole rows, row-major.
  /// - Precondition: whole rows, and no more of them in all than the texture has.
  public mutating func add(rows: UnsafeBufferPointer<Float>) {
    precondition(rows.count.isMultiple(of: width), "bands are made of whole rows")
    let count = rows.count / width
    precondition(rowCount + count <= height, "more rows than the texture has")
    if factor == 1 {
      pixels.append(contentsOf: rows)
      rowCount += count
      return
    }
    for row in 0..<count {
      add(row: UnsafeBufferPointer(rebasing: rows[(row * width)..<((row + 1) * width)]))
    }
  }

  /// The preview, once every row has been added.
  ///
  /// - Precondition: all rows were added.
  public func image() -> PreviewImage {
    precondition(rowCount == height, "a preview is made of all rows of its texture")
    return PreviewImage(
      pixels: pixels, width: reducedWidth, reduction: factor, extents: (width, height), window: window)
  }

  private mutating func add(row: UnsafeBufferPointer<Float>) {
    window?.add(row: rowCount, row)
    for block in 0..<reducedWidth {
      var sum = 0.0
      for column in (block * factor)..<min((block + 1) * factor, width) { sum += Double(row[column]) }
      sums[block] += sum
    }
    rowCount += 1
    if rowCount.isMultiple(of: factor) || rowCount == height { finishBlocks() }
  }

  private mutating func finishBlocks() {
    let blockHeight = rowCount - (rowCount - 1) / factor * factor
    for block in 0..<reducedWidth {
      let blockWidth = min(factor, width - block * factor)
      pixels.append(Float(sums[block] / Double(blockWidth * blockHeight)))
      sums[block] = 0
    }
  }
}
