/// Reduces a texture to a preview while its rows come by, so that a large texture is never held as a whole.
///
/// Each pixel of the preview is the mean of a block of factor x factor pixels; the blocks at the right and lower
/// edges are smaller where the factor does not divide the side, and are means of what is there. The result does not
/// depend on how the rows are split into calls.
public struct PreviewReducer: Sendable {
  /// The texture's side, in pixels.
  public let side: Int
  /// The side of a block, in pixels: the smallest whole number that makes the preview no larger than
  /// ``PreviewImage/maximumSide``.
  public let factor: Int

  private let reducedSide: Int
  private var rowCount = 0
  /// The sums of the blocks the last row belongs to.
  private var sums: [Double]
  private var pixels: [Float] = []

  /// A reducer for a texture of `side` x `side` pixels, `side` at least 1.
  public init(side: Int) {
    self.init(side: side, factor: PreviewImage.reduction(of: side, to: PreviewImage.maximumSide))
  }

  init(side: Int, factor: Int) {
    precondition(side > 0 && factor > 0, "a texture has pixels")
    self.side = side
    self.factor = factor
    reducedSide = PreviewImage.reduction(of: side, to: factor)
    sums = Array(repeating: 0, count: reducedSide)
    pixels.reserveCapacity(reducedSide * reducedSide)
  }

  /// Takes the next rows, from top to bottom.
  ///
  /// - Parameter rows: any number of whole rows, row-major.
  /// - Precondition: whole rows, and no more of them in all than the texture has.
  public mutating func add(rows: UnsafeBufferPointer<Float>) {
    precondition(rows.count.isMultiple(of: side), "bands are made of whole rows")
    let count = rows.count / side
    precondition(rowCount + count <= side, "more rows than the texture has")
    if factor == 1 {
      pixels.append(contentsOf: rows)
      rowCount += count
      return
    }
    for row in 0..<count {
      add(row: UnsafeBufferPointer(rebasing: rows[(row * side)..<((row + 1) * side)]))
    }
  }

  /// The preview, once every row has been added.
  ///
  /// - Precondition: all rows were added.
  public func image() -> PreviewImage {
    precondition(rowCount == side, "a preview is made of all rows of its texture")
    return PreviewImage(pixels: pixels, side: reducedSide, reduction: factor)
  }

  private mutating func add(row: UnsafeBufferPointer<Float>) {
    for block in 0..<reducedSide {
      var sum = 0.0
      for column in (block * factor)..<min((block + 1) * factor, side) { sum += Double(row[column]) }
      sums[block] += sum
    }
    rowCount += 1
    if rowCount.isMultiple(of: factor) || rowCount == side { finishBlocks() }
  }

  private mutating func finishBlocks() {
    let height = rowCount - (rowCount - 1) / factor * factor
    for block in 0..<reducedSide {
      let width = min(factor, side - block * factor)
      pixels.append(Float(sums[block] / Double(width * height)))
      sums[block] = 0
    }
  }
}
