import CPNG
import Testing

/// A PNG file read back: its colours by libpng's simplified interface, which the writer does not use, its chunks by
/// walking over them.
struct PreviewPNGFile {
  let width: Int
  let height: Int
  /// Shape (height, width, 3).
  let rgb: [UInt8]
  /// Kind and content of the chunks in their order.
  let chunks: [(kind: String, bytes: ArraySlice<UInt8>)]

  init(_ path: String) throws {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    try #require(png_image_begin_read_from_file(&image, path) != 0, "\(path) is no PNG file")
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    width = Int(image.width)
    height = Int(image.height)
    var rgb = [UInt8](repeating: 0, count: width * height * 3)
    try #require(png_image_finish_read(&image, nil, &rgb, 0, nil) != 0)
    self.rgb = rgb

    let file = try Self.bytes(of: path)
    func number(at offset: Int) -> Int { file[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) } }
    var chunks: [(String, ArraySlice<UInt8>)] = []
    var offset = 8
    while offset < file.count {
      let content = (offset + 8)..<(offset + 8 + number(at: offset))
      chunks.append((String(decoding: file[(offset + 4)..<(offset + 8)], as: UTF8.self), file[content]))
      offset = content.upperBound + 4
    }
    self.chunks = chunks
  }

  /// "kind key=value" of every text chunk.
  var texts: [String] {
    chunks.compactMap { kind, bytes in
      guard kind == "tEXt" || kind == "iTXt" else { return nil }
      let key = bytes.prefix { $0 != 0 }
      // iTXt: after the key's zero a compression flag and method, and an empty language and translated key.
      let value = bytes.dropFirst(key.count + (kind == "tEXt" ? 1 : 5))
      return "\(kind) \(String(decoding: key, as: UTF8.self))=\(String(decoding: value, as: UTF8.self))"
    }
  }

  func color(x: Int, y: Int) -> [UInt8] {
    Array(rgb[(3 * (y * width + x))..<(3 * (y * width + x) + 3)])
  }

  static func bytes(of path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "rb"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(byte)) }
    return bytes
  }
}
