/// A bar that is a round number of the texture's pixels long, about a fifth of its panel's longer side.
package struct ScaleBar: Equatable, Sendable {
  /// Pixels of the texture: 1, 2 or 5 times a power of ten.
  let length: Int
  /// Pixels of the picture.
  let width: Int

  /// The height of the ticks at the bar's ends.
  private static let tick = 10

  /// - Parameters:
  ///   - side: the longer one of the texture's panel, in pixels of the picture.
  ///   - reduction: the texture's pixels that one step of the panel covers.
  ///   - magnification: the picture's pixels that the step takes.
  init(side: Int, reduction: Int, magnification: Int) {
    length = Self.roundLength(side * reduction / magnification)
    width = max(1, (2 * length * magnification + reduction) / (2 * reduction))
  }

  /// The round number whose ratio to a fifth of an extent is nearest to 1; at least 1.
  package static func roundLength(_ extent: Int) -> Int {
    var (length, power) = (1, 1)
    while true {
      for factor in [2, 5, 10] {
        let next = factor * power
        // In whole numbers: beyond the geometric mean of both, the next is nearer.
        guard extent * extent > 25 * length * next else { return length }
        length = next
      }
      power *= 10
    }
  }

  /// The length with its unit.
  var label: String { "\(length) px" }

  /// The width of the bar with its label.
  var totalWidth: Int { width + FigureStyle.spacing + 2 + FigureStyle.width(of: label) }

  /// Draws the bar and writes its length to the right; the upper left corner at (x, y), a line of text high.
  func draw(on picture: inout IndexedPicture, x: Int, y: Int) {
    let (middle, dot) = (y + FigureStyle.line / 2, FigureStyle.dot)
    picture.fill(x: x, y: middle - dot / 2, width: width, height: dot, index: FigureStyle.ink)
    for end in [x, x + width - min(dot, width)] {
      picture.fill(
        x: end, y: middle - Self.tick / 2, width: min(dot, width), height: Self.tick, index: FigureStyle.ink)
    }
    picture.write(label, x: x + width + FigureStyle.spacing + 2, y: y)
  }
}
