/// The multipliers of a gradient; for a Backdrop mask, m = b * count / sum(b).
///
/// Legend: B samples, C channels, H height, W width.
public struct Mask: Equatable, Sendable {
  /// The extents along (B, C, H, W): those of the activation along masked axes, 1 along the others.
  public let extents: [Int]
  /// The multipliers, row-major over ``extents``.
  public let values: [Float]

  /// - Precondition: the number of values is the product of the extents.
  public init(extents: [Int], values: [Float]) {
    precondition(extents.count == 4 && values.count == extents.reduce(1, *))
    self.extents = extents
    self.values = values
  }

  /// The multiplier of one element of the activation.
  public subscript(sample: Int, channel: Int, y: Int, x: Int) -> Float {
    let b = extents[0] == 1 ? 0 : sample
    let c = extents[1] == 1 ? 0 : channel
    let h = extents[2] == 1 ? 0 : y
    let w = extents[3] == 1 ? 0 : x
    return values[((b * extents[1] + c) * extents[2] + h) * extents[3] + w]
  }
}
