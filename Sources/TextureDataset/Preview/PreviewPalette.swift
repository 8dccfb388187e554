/// The 256 colours that all pictures of a run share: 254 levels of the colormap, then the paper and ink of all figures.
struct PreviewPalette: Sendable {
  /// The colormap's levels, indices 0 ..< 254.
  static let levels = 254
  /// The index of the background and of values that are not numbers.
  static let paper = FigureStyle.paper
  /// The index of text and lines.
  static let ink = FigureStyle.ink

  let colors: [Colormap.RGB]
  /// What the colours span.
  let range: ClosedRange<Float>
  /// The value in the middle of the colours, and how far they reach to either side.
  private let (middle, reach): (Float, Float)

  init(_ style: PreviewStyle) {
    colors = style.colormap.table(levels: Self.levels) + FigureStyle.colors
    range = style.range
    middle = range.lowerBound / 2 + range.upperBound / 2
    reach = range.upperBound - middle
  }

  /// The index of a value's colour: the level nearest to its place in the style's range, for values outside the nearest
  /// end.
  func index(of value: Float) -> UInt8 {
    let last = Float(Self.levels - 1)
    let position = ((value - middle) / reach + 1) * (last / 2)
    if position.isNaN { return Self.paper }
    return UInt8(min(max(position, 0), last) + 0.5)
  }
}
