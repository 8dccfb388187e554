import Foundation
import TextureStream

/// Writes batches to standard output as consecutive NumPy arrays of format 1.0.
enum NumPyPipe {
  /// Writes the images, then the labels.
  ///
  /// - Returns: false if the reader has closed the pipe.
  static func write(_ batch: TextureBatch) throws -> Bool {
    let images = header("<f4", "(\(([batch.count, 1] + batch.shape.extents).map(String.init).joined(separator: ", ")))")
    let labels = header("<i8", "(\(batch.count),)")
    return try images.withUnsafeBytes(write)
      && batch.withImages { pixels throws(FileProblem) in try write(UnsafeRawBufferPointer(pixels)) }
      && labels.withUnsafeBytes(write) && batch.labels.withUnsafeBytes(write)
  }

  /// The magic string, the version, the length of the header, and the header, padded so that data starts at a multiple of 64.
  private static func header(_ type: String, _ shape: String) -> [UInt8] {
    let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
    let padding = (64 - (10 + text.utf8.count + 1) % 64) % 64
    let header = Array(text.utf8) + [UInt8](repeating: 0x20, count: padding) + [0x0A]
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count & 0xFF), UInt8(header.count >> 8)] + header
  }

  private static func write(_ bytes: UnsafeRawBufferPointer) throws(FileProblem) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let count = Foundation.write(STDOUT_FILENO, piece.baseAddress, piece.count)
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EPIPE { return false }
        throw FileProblem(description: "standard output: cannot write: \(String(cString: strerror(errno)))")
      }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
