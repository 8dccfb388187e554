import Foundation
import GaussianField

/// A file that can be read at any offset.
protocol ReadableFile: Sendable {
  var path: String { get }

  /// Fills `bytes` from an offset. Thread-safe.
  func read(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(DatasetError)
}

/// A file opened for reading without the HDF5 library; closed with its last reference.
package final class OpenedFile: ReadableFile {
  let path: String
  /// In bytes, when it was opened.
  package let size: Int
  private let descriptor: Int32

  /// Opens a regular file; pipes and devices, which could block, are refused.
  ///
  /// - Parameter expected: what the file should be, for the message.
  package init(_ path: String, expected: String = "a shard or an index made by gpgen") throws(DatasetError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    var status = stat()
    let isFile = descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    size = isFile ? Int(status.st_size) : 0
    guard descriptor >= 0 else { throw .system("\(path): cannot open") }
    guard isFile else { throw DatasetError(.invalidFile, "\(path): is not a file; expected \(expected)") }
  }

  deinit { close(descriptor) }

  /// Fills `bytes` from an offset. Thread-safe.
  package func read(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(DatasetError) {
    try readFully(bytes, from: descriptor, at: offset, of: path)
  }

  /// Maps bytes read-only, replacing what is mapped at `place`. The mapping outlives the file.
  ///
  /// - Parameter bytes: starts at a multiple of the page size.
  /// - Returns: whether it succeeded; `errno` has the reason if not.
  func map(_ bytes: Range<Int>, to place: UnsafeMutableRawPointer) -> Bool {
    mmap(place, bytes.count, PROT_READ, MAP_SHARED | MAP_FIXED, descriptor, off_t(bytes.lowerBound)) == place
  }
}

extension ReadableFile {
  /// Reads `count` little-endian integers from an offset, in pieces of at most 1 MiB.
  ///
  /// - Parameter receive: called for each piece with the number of elements before it; returns `false` to stop reading.
  func read<Element: FixedWidthInteger & BitwiseCopyable>(
    _: Element.Type, count: Int, at offset: Int, receive: (Int, UnsafeBufferPointer<Element>) -> Bool
  ) throws(DatasetError) {
    let size = MemoryLayout<Element>.size
    let buffer = try allocating { () throws(AllocationError) in
      try AlignedBuffer<Element>(count: max(1, min(count, ReadBuffer.pieceBytes / size)))
    }
    for first in stride(from: 0, to: count, by: buffer.count) {
      let piece = UnsafeMutableBufferPointer(start: buffer.pointer, count: min(buffer.count, count - first))
      try read(UnsafeMutableRawBufferPointer(piece), at: offset + first * size)
      for i in piece.indices { piece[i] = Element(littleEndian: piece[i]) }
      guard receive(first, UnsafeBufferPointer(piece)) else { return }
    }
  }
}
