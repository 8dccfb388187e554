import Foundation

/// The first bytes of a file, read past the HDF5 library: its attributes, and what an index names, stand there as they
/// are.
struct FileBeginning {
  /// How many bytes are read at most.
  static let reach = 1 << 20
  let bytes: [UInt8]

  /// Nothing where there is no file, or the disk does not give its bytes.
  init?(of path: String, bytes limit: Int = reach) {
    guard let file = try? OpenedFile(path) else { return nil }
    var bytes: [UInt8] = []
    let isRead: Void? = try? file.read(UInt8.self, count: min(limit, file.size), at: 0) { _, piece in
      bytes += piece
      return true
    }
    guard isRead != nil else { return nil }
    self.bytes = bytes
  }

  /// Whether a file is one of the HDF5 library, from its first byte on; nothing else of it is read.
  static func isHDF5(_ path: String) -> Bool {
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    return FileBeginning(of: path, bytes: signature.count)?.bytes == signature
  }

  func contains(_ text: String) -> Bool { !places(of: text).isEmpty }

  /// Where a text begins among the bytes.
  func places(of text: String) -> [Int] {
    let text = Array(text.utf8)
    guard let first = text.first else { return [] }
    return bytes.indices.filter { bytes[$0] == first && bytes[$0...].starts(with: text) }
  }
}
