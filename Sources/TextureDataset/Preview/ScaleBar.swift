/// A scale bar: a round number of texture pixels, about a fifth of the panel's longer side.
package struct ScaleBar: Equatable, Sendable {
  /// The length in texture pixels: 1, 2 or 5 times a power of ten.
  let length: Int
  /// The length in pixels of the picture.
  let width: Int

  /// The height of the ticks at the bar's ends.
  private static let tick = 10

  /// - Parameters:
  ///   - side: the panel's longer side, in pixels of the picture.
  ///   - reduction: the number of texture pixels that `magnification` pixels of the picture show.
  ///   - magnification: the number of those pixels of the picture.
  init(side: Int, reduction: Int, magnification: Int) {
    length = Self.roundLength(side * reduction / magnification)
    width = max(1, (2 * length * magnification + reduction) / (2 * reduction))
  }

  /// The round number closest in ratio to a fifth of an extent; at least 1.
  package static func roundLength(_ extent: Int) -> Int {
    var (length, power) = (1, 1)
    while true {
      for factor in [2, 5, 10] {
        let next = factor * power
        // Beyond the geometric mean of both numbers, the next one is closer.
        guard extent * extent > 25 * length * next else { return length }
        length = next
      }
      power *= 10
    }
  }

  /// The length with its unit, such as "200 px".
  var label: String { "\(length) px" }

  /// The width of the bar and its label.
  var totalWidth: Int { width + FigureStyle.spacing + 2 + FigureStyle.width(of: label) }

  /// Draws the bar with its label to the right; its upper left corner is (x, y), its height that of a line of text.
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
