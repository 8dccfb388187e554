import Foundation
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
  func side(pictures: Int) -> Int? { Self.sides.first { $0 * $0 * max(1, pictures) <= pixels } }
}

extension HTML {
  /// A picture of a texture, with a scale bar if its pixels have a common scale.
  ///
  /// - Parameters:
  ///   - picture: the picture of a sample.
  ///   - description: the alternative text for screen readers.
  ///   - caption: the lines below the picture.
  static func texture(_ picture: SamplePicture, _ description: String, caption: [String]) -> HTML {
    // Small textures are magnified, with square pixels.
    let magnification = max(1, 128 / max(picture.width, picture.height))
    let (width, height) = (picture.width * magnification, picture.height * magnification)
    var pieces: [HTML] = [
      .element(
        "image",
        [
          "class": (picture.scale ?? 0) * Double(magnification) > 1 ? "pixels" : "data", "href": dataURI(picture.png),
          "width": "\(width)", "height": "\(height)",
        ], [.element("title", [:], description)])
    ]
    var total = Double(height)
    if let scale = picture.scale.map({ $0 * Double(magnification) }) {
      let bar = scaleBar(Double(width) / scale)
      let length = Double(bar) * scale
      total += 20
      pieces += [
        .element(
          "path",
          ["class": "axis", "d": "M\(coordinates(0.5, total - 15))v6m0 -3H\(coordinate(length))m0 -3v6"]),
        .element("text", ["x": coordinate(length + 6), "y": coordinate(total - 7)], "\(bar) px"),
      ]
    }
    let lines = caption.flatMap { [HTML.text($0), HTML.void("br", [:])] }.dropLast()
    return .element(
      "figure", [:],
      [
        .element(
          "svg",
          [
            "viewBox": "0 0 \(coordinates(max(96, Double(width)), total))", "role": "img", "aria-label": description,
            "width": coordinate(max(96, Double(width))), "height": coordinate(total),
          ], pieces),
        .element("figcaption", [:], Array(lines)),
      ])
  }

  /// A picture in its own size.
  static func picture(_ png: [UInt8], _ description: String) -> HTML {
    .void("img", ["src": dataURI(png), "alt": description])
  }

  private static func dataURI(_ png: [UInt8]) -> String { "data:image/png;base64," + Data(png).base64EncodedString() }

  /// A round number of pixels, at most about a third of a width.
  private static func scaleBar(_ width: Double) -> Int {
    let power = Int(pow(10, floor(log10(max(1, width / 3)))))
    return ([5, 2, 1].first { Double($0 * power) <= width / 3 } ?? 1) * power
  }

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
