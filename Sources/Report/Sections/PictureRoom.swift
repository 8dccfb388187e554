import Foundation
import GaussianField
import TextureDataset

/// How many pixels of pictures a section may have, so that the whole report stays small.
struct PictureRoom: Sendable {
  /// Of all sections: textures hardly compress, and base 64 makes 4 bytes of 3.
  private static let pixelsOfAll = 2_000_000
  /// Sides of pictures, in pixels, from the best.
  private static let sides = [192, 160, 128, 96, 64]

  /// Of one section.
  let pixels: Int

  /// - Parameter sections: among which the room is divided.
  init(sections: Int) { pixels = Self.pixelsOfAll / max(1, sections) }

  /// The side of so many pictures, in pixels; nil where there is no room for pictures on which something can be seen.
  ///
  /// - Parameter shape: of the textures; reduced images come with a part at full resolution, as large again.
  func side(pictures: Int, of shape: FieldShape) -> Int? {
    Self.sides.first { side in
      var panels = 1
      if case .image = shape, shape.extents.contains(where: { $0 > side }) { panels = 2 }
      return side * side * panels * max(1, pictures) <= pixels
    }
  }
}

extension HTML {
  /// A picture of a texture, with a scale bar where it is an image of pixels, and beneath it the part at full resolution where
  /// there is one.
  ///
  /// - Parameters:
  ///   - picture: of the sample.
  ///   - description: what it shows, for those who do not see it.
  ///   - caption: lines below it.
  static func texture(_ picture: SamplePicture, _ description: String, caption: [String]) -> HTML {
    var (pieces, width, total) = ([HTML](), 96, 0.0)
    let descriptions = [description, "\(description): the marked part, at full resolution"]
    for (panel, description) in zip([picture.whole, picture.detail].compactMap(\.self), descriptions) {
      // Small textures are magnified, with their pixels as squares.
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

  /// A picture as it is.
  static func picture(_ png: [UInt8], _ description: String) -> HTML {
    .void("img", ["src": dataURI(png), "alt": description])
  }

  private static func dataURI(_ png: [UInt8]) -> String { "data:image/png;base64," + Data(png).base64EncodedString() }

  /// The colours of pictures with the values that they stand for.
  ///
  /// - Parameters:
  ///   - range: of the values.
  ///   - id: of the gradient, of this page's only one by that name.
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
