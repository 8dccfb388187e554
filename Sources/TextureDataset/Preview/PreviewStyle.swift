/// How previews show values, the same in every picture of a run, so that pictures can be compared.
public struct PreviewStyle: Sendable {
  /// The colours.
  public let colormap: Colormap
  /// What the colours span, in the unit of the texture's values; what lies outside takes the first or the last colour.
  public let range: ClosedRange<Float>

  /// A style whose colours span -range ... +range.
  ///
  /// - Precondition: `range` is positive and finite.
  public init(colormap: Colormap = .inferno, range: Float) {
    precondition(range > 0, "the range of a preview is a positive number")
    self.init(colormap: colormap, range: -range...range)
  }

  /// A style whose colours span `range`.
  ///
  /// - Precondition: `range` is finite, and not a single value.
  public init(colormap: Colormap = .inferno, range: ClosedRange<Float>) {
    precondition(
      range.lowerBound < range.upperBound && range.lowerBound.isFinite && range.upperBound.isFinite,
      "the range of a preview is finite and not a single value")
    self.colormap = colormap
    self.range = range
  }
}
