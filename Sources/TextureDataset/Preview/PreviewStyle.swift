/// How previews show values, the same in every picture of a run, so that pictures can be compared.
public struct PreviewStyle: Sendable {
  /// The colours.
  public let colormap: Colormap
  /// The colours span -range ... +range, in the unit of the texture's values; what lies outside takes the last colour.
  public let range: Float

  /// A style whose colours span -range ... +range.
  ///
  /// - Precondition: `range` is positive and finite.
  public init(colormap: Colormap = .inferno, range: Float) {
    precondition(range > 0 && range.isFinite, "the range of a preview is a positive number")
    self.colormap = colormap
    self.range = range
  }
}
