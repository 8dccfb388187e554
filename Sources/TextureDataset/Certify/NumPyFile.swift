import Foundation

/// The offset, type and shape of the array in a .npy file, read from its header.
///
/// - Source: NumPy's `numpy.lib.format`, versions 1.0, 2.0 and 3.0.
struct NumPyFile {
  let file: OpenedFile
  let element: Textures.Element
  let shape: [Int]
  /// The offset of the elements, in bytes.
  let offset: Int

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  private static let maximumHeaderBytes = 1 << 16

  /// Whether a file has the extension or the signature of .npy files.
  static func isNumPy(_ path: String) -> Bool {
    if path.hasSuffix(".npy") { return true }
    guard let file = try? OpenedFile(path), file.size >= magic.count else { return false }
    return (try? bytes(of: file, at: 0, count: magic.count)) == magic
  }

  /// - Throws: ``DatasetError`` with code `.invalidFile` if the header does not describe an array of little-endian
  ///   floats in C order, or if the file is too short for it.
  init(_ path: String) throws(DatasetError) {
    func refuse(_ message: String) -> DatasetError { DatasetError(.invalidFile, "\(path): \(message)") }
    file = try OpenedFile(path, expected: "a .npy array")
    guard file.size >= 12 else { throw refuse("has \(counted(file.size, "byte")); expected a .npy array") }
    let preamble = try Self.bytes(of: file, at: 0, count: 12)
    guard Array(preamble.prefix(6)) == Self.magic else { throw refuse("is not a .npy file") }
    let version = preamble[6]
    guard (1...3).contains(version) else {
      throw refuse("has .npy version \(version).\(preamble[7]); expected 1.0, 2.0 or 3.0")
    }
    let lengthBytes = version == 1 ? 2 : 4
    let length = (0..<lengthBytes).reduce(0) { $0 | Int(preamble[8 + $1]) << (8 * $1) }
    let start = 8 + lengthBytes
    guard length <= Self.maximumHeaderBytes, start + length <= file.size else {
      throw refuse(
        "its header has \(length) bytes, more than the file or than the maximum of \(Self.maximumHeaderBytes); it is damaged"
      )
    }
    let text = String(decoding: try Self.bytes(of: file, at: start, count: length), as: UTF8.self)
    guard let header = Header(text) else {
      throw refuse("its header does not describe an array of plain numbers: \(text.quoted)")
    }
    switch header.type {
    case "<f2": element = .float16
    case "<f4": element = .float32
    case "<f8": element = .float64
    default:
      throw refuse(
        "contains numbers of type \(header.type.quoted); expected little-endian floats, <f4, <f8 or <f2: convert it with"
          + " array.astype('<f4')")
    }
    guard !header.isFortran else {
      throw refuse("is in Fortran order; expected C order: save numpy.ascontiguousarray(array)")
    }
    shape = header.shape
    offset = start + length
    var bytes = element.bytes
    for extent in header.shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw refuse("its shape \(header.shape) is larger than any file") }
      bytes = product
    }
    guard bytes <= file.size - offset else {
      throw refuse(
        "an array of \(header.shape) takes \(bytes) bytes, but the file has \(file.size - offset); it is truncated")
    }
  }

  private static func bytes(of file: OpenedFile, at offset: Int, count: Int) throws(DatasetError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBufferPointer { buffer throws(DatasetError) in
      try file.read(UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
    return bytes
  }

  /// The dictionary of a header, as Python prints it.
  private struct Header {
    let type: String
    let isFortran: Bool
    let shape: [Int]

    init?(_ text: String) {
      let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
      guard text.hasPrefix("{"), text.hasSuffix("}"), let type = Self.value("descr", in: text),
        let order = Self.value("fortran_order", in: text), let shape = Self.value("shape", in: text),
        let quote = type.first, quote == "'" || quote == "\"", let end = type.dropFirst().firstIndex(of: quote),
        shape.first == "(", let close = shape.firstIndex(of: ")")
      else { return nil }
      self.type = String(type[type.index(after: type.startIndex)..<end])
      guard order.hasPrefix("True") || order.hasPrefix("False") else { return nil }
      isFortran = order.hasPrefix("True")
      var extents: [Int] = []
      for part in shape[shape.index(after: shape.startIndex)..<close].split(separator: ",") {
        let word = part.trimmingCharacters(in: .whitespaces)
        if word.isEmpty { continue }
        guard let extent = Int(word), extent >= 0 else { return nil }
        extents.append(extent)
      }
      self.shape = extents
    }

    /// The text after a key and its colon.
    private static func value(_ key: String, in text: String) -> Substring? {
      for quoted in ["'\(key)'", "\"\(key)\""] {
        guard let range = text.range(of: quoted) else { continue }
        let rest = text[range.upperBound...].drop { $0 == " " }
        if rest.first == ":" { return rest.dropFirst().drop { $0 == " " } }
      }
      return nil
    }
  }
}
