@testable import TextureDataset

extension IndexedPicture {
  /// Whether the picture has a text in the size and ink of figures, on paper.
  func contains(_ text: String) -> Bool {
    let margin = FigureStyle.dot
    var sample = IndexedPicture(
      width: FigureStyle.width(of: text) + 2 * margin, height: FigureStyle.line, filledWith: FigureStyle.paper)
    sample.write(text, x: margin, y: 0)
    guard sample.width <= width, sample.height <= height else { return false }
    return pixels.withUnsafeBufferPointer { pixels in
      sample.pixels.withUnsafeBufferPointer { expected in
        (0...height - sample.height).contains { top in
          (0...width - sample.width).contains { left in
            (0..<sample.height).allSatisfy { row in
              (0..<sample.width).allSatisfy { column in
                pixels[(top + row) * width + left + column] == expected[row * sample.width + column]
              }
            }
          }
        }
      }
    }
  }
}
