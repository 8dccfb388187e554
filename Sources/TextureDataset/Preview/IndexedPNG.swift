import CPNG

/// A PNG file of one byte a pixel, with its palette and texts; no times, so that equal pictures are equal bytes.
struct IndexedPNG {
  let picture: IndexedPicture
  /// The palette, at most 256.
  let colors: [Colormap.RGB]
  /// Keys and values in the order of the file: tEXt chunks, or iTXt where a value has more than ASCII.
  let texts: [(key: String, value: String)]

  /// The file's bytes.
  ///
  /// - Throws: ``DatasetError`` with code `.png` and libpng's own words.
  func encoded() throws(DatasetError) -> [UInt8] {
    let colors = colors.map { png_color(red: $0.red, green: $0.green, blue: $0.blue) }
    var file: [UInt8] = []
    var message = [CChar](repeating: 0, count: Int(gpgen_png_message_size))
    let succeeded = withPNGTexts { texts in
      picture.pixels.withUnsafeBufferPointer { pixels in
        colors.withUnsafeBufferPointer { colors in
          var whole = gpgen_png_picture(
            width: png_uint_32(picture.width), height: png_uint_32(picture.height), pixels: pixels.baseAddress,
            palette: colors.baseAddress, palette_count: Int32(colors.count),
            texts: texts.baseAddress, text_count: Int32(texts.count))
          return withUnsafeMutablePointer(to: &file) { sink in
            gpgen_png_encode(&whole, appendToFile, sink, &message) == 1
          }
        }
      }
    }
    if !succeeded {
      let reason = message.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
      throw DatasetError(.png, "libpng cannot encode a picture of \(picture.width) x \(picture.height): \(reason)")
    }
    return file
  }

  /// Calls `body` with the texts as libpng wants them, which are valid until it returns.
  private func withPNGTexts<Result>(_ body: (UnsafeBufferPointer<png_text>) -> Result) -> Result {
    var bytes: [CChar] = []
    func append(_ string: String) -> Int {
      defer { bytes.append(contentsOf: string.utf8CString) }
      return bytes.count
    }
    let offsets = texts.map { (key: append($0.key), value: append($0.value)) }
    return bytes.withUnsafeMutableBufferPointer { bytes in
      let start = bytes.baseAddress
      let entries = zip(texts, offsets).map { text, offset in
        var entry = png_text()
        let isASCII = text.value.utf8.allSatisfy { $0 < 0x80 }
        entry.compression = isASCII ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE
        entry.key = start.map { $0 + offset.key }
        entry.text = start.map { $0 + offset.value }
        return entry
      }
      return entries.withUnsafeBufferPointer(body)
    }
  }
}

/// libpng's write function; it never fails, and so never jumps.
private let appendToFile: png_rw_ptr = { png, bytes, count in
  guard let sink = png_get_io_ptr(png), let bytes else { return }
  let file = sink.assumingMemoryBound(to: [UInt8].self)
  file.pointee.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
}
