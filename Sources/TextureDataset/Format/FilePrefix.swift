import Foundation

/// The first bytes of a file, read without the HDF5 library: they contain the attributes, and an index's source names,
/// as plain text.
struct FilePrefix {
  /// The maximum number of bytes to read.
  static let maximumBytes = 1 << 20
  let bytes: [UInt8]

  /// Nil if the file is missing or cannot be read.
  init?(of path: String, bytes limit: Int = maximumBytes) {
    guard let file = try? OpenedFile(path) else { return nil }
    var bytes: [UInt8] = []
    let isRead: Void? = try? file.read(UInt8.self, count: min(limit, file.size), at: 0) { _, piece in
      bytes += piece
      return true
    }
    guard isRead != nil else { return nil }
    self.bytes = bytes
  }

  /// Whether a file begins with the HDF5 signature.
  static func isHDF5(_ path: String) -> Bool {
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    return FilePrefix(of: path, bytes: signature.count)?.bytes == signature
  }

  func contains(_ text: String) -> Bool { !places(of: text).isEmpty }

  /// The positions where a text occurs in the bytes.
  func places(of text: String) -> [Int] {
    let text = Array(text.utf8)
    guard let first = text.first else { return [] }
    return bytes.indices.filter { bytes[$0] == first && bytes[$0...].starts(with: text) }
  }
}
