@testable import TextureDataset

extension IndexedPicture {
  /// Whether the picture has a text in the size and ink of figures, on paper.
  func contains(_ text: String) -> Bool {
    let margin = FigureStyle.dot
    var sample = IndexedPicture(
      width: FigureStyle.width(of: text) + 2 * margin, height: FigureStyle.line, filledWith: FigureStyle.paper)
    sample.write(text, x: margin, y: 0)
    guard sample.width <= width, sample.height <= height else { return false }
    // Most places differ in a pixel of ink.
    guard let ink = sample.pixels.firstIndex(of: FigureStyle.ink) else { return false }
    let offset = ink / sample.width * width + ink % sample.width
    for top in 0...height - sample.height {
      for left in 0...width - sample.width where pixels[top * width + left + offset] == FigureStyle.ink {
        let isEqual = (0..<sample.height).allSatisfy { row in
          let (here, there) = ((top + row) * width + left, row * sample.width)
          return pixels[here..<here + sample.width] == sample.pixels[there..<there + sample.width]
        }
        if isEqual { return true }
      }
    }
    return false
  }
}
