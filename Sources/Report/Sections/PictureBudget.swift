import Foundation
import GaussianField
import TextureDataset

/// The number of pixels that the pictures of a section may have, so that the whole report stays small.
struct PictureBudget: Sendable {
  /// The budget of all sections. Textures hardly compress, and Base64 turns 3 bytes into 4.
  private static let totalPixels = 2_000_000
  /// Sides of pictures, in pixels, in order of preference.
  private static let sides = [192, 160, 128, 96, 64]

  /// The budget of one section.
  let pixels: Int

  /// - Parameter sections: the number of sections that share the budget.
  init(sections: Int) { pixels = Self.totalPixels / max(1, sections) }

  /// The side of each of several pictures, in pixels; nil if they would be too small to be legible.
  ///
  /// - Parameter shape: the textures' shape; a reduced image comes with a detail of the same size.
  func side(pictures: Int, of shape: FieldShape) -> Int? {
    Self.sides.first { side in
      var panels = 1
      if case .image = shape, shape.extents.contains(where: { $0 > side }) { panels = 2 }
      return side * side * panels * max(1, pictures) <= pixels
    }
  }
}

extension HTML {
  /// A picture of a texture, with a scale bar if its pixels have a common scale; below it, the detail of a reduced image.
  ///
  /// - Parameters:
  ///   - picture: the picture of a sample.
  ///   - description: the alternative text for screen readers.
  ///   - caption: the lines below the picture.
  static func texture(_ picture: SamplePicture, _ description: String, caption: [String]) -> HTML {
    var (pieces, width, total) = ([HTML](), 96, 0.0)
    let descriptions = [description, "\(description): the marked part at full resolution"]
    for (panel, description) in zip([picture.whole, picture.detail].compactMap(\.self), descriptions) {
      // Small textures are magnified, with square pixels.
      let magnification = max(1, 128 / max(panel.width, panel.height))
      let scale = panel.scale.map { $0 * Double(magnification) }
      pieces.append(
        .element(
          "image",
          [
            "class": (scale ?? 0) > 1 ? "pixels" : "data", "href": dataURI(panel.png), "y": coordinate(total),
            "width": "\(panel.width * magnification)", "height": "\(panel.height * magnification)",
          ], [.element("title", [:], description)]))
      width = max(width, panel.width * magnification)
      total += Double(panel.height * magnification)
      guard let scale else { continue }
      let bar = ScaleBar.roundLength(Int(Double(max(panel.width, panel.height) * magnification) / scale))
      let length = Double(bar) * scale
      total += 20
      pieces += [
        .element(
          "path",
          ["class": "axis", "d": "M\(coordinates(0.5, total - 15))v6m0 -3H\(coordinate(length))m0 -3v6"]),
        .element("text", ["x": coordinate(length + 6), "y": coordinate(total - 7)], "\(bar) px"),
      ]
      total += picture.detail == nil ? 0 : 6
    }
    let lines = caption.flatMap { [HTML.text($0), HTML.void("br", [:])] }.dropLast()
    return .element(
      "figure", [:],
      [
        .element(
          "svg",
          [
            "viewBox": "0 0 \(coordinates(Double(width), total))", "role": "img", "aria-label": description,
            "width": coordinate(Double(width)), "height": coordinate(total),
          ], pieces),
        .element("figcaption", [:], Array(lines)),
      ])
  }

  /// A picture in its own size.
  static func picture(_ png: [UInt8], _ description: String) -> HTML {
    .void("img", ["src": dataURI(png), "alt": description])
  }

  private static func dataURI(_ png: [UInt8]) -> String { "data:image/png;base64," + Data(png).base64EncodedString() }

  /// A colour bar with the values of the pictures' colours.
  ///
  /// - Parameters:
  ///   - range: the range of the values.
  ///   - id: the gradient's id, unique in the page.
  static func colorBar(_ range: ClosedRange<Float>, id: String) -> HTML {
    let colors = SamplePicture.colors(count: 16)
    let stops = colors.enumerated().map { index, color in
      HTML.element(
        "stop", ["offset": "\(significant(Double(index) / Double(colors.count - 1)))", "stop-color": color])
    }
    let (low, high) = (Double(range.lowerBound), Double(range.upperBound))
    let ends = [(low, 4.0, "start"), ((low + high) / 2, 110.0, "middle"), (high, 216.0, "end")]
    let labels = ends.map { value, x, anchor in
      HTML.element(
        "text", ["class": "number", "x": coordinate(x), "y": "29", "text-anchor": anchor], PlotAxis.label(value))
    }
    return .element(
      "figure", [:],
      [
        .element(
          "svg",
          [
            "viewBox": "0 0 220 32", "role": "img",
            "aria-label": "colours from \(significant(low)) to \(significant(high))",
            "style": "max-width: 220px",
          ],
          [
            .element("defs", [:], [.element("linearGradient", ["id": id], stops)]),
            .element(
              "rect", ["class": "data", "x": "4", "y": "2", "width": "212", "height": "12", "fill": "url(#\(id))"]),
          ] + labels)
      ])
  }
}
