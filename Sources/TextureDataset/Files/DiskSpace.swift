import Foundation

/// Free disk space, and the space that files occupy.
enum DiskSpace {
  /// The number of bytes that can still be written in a folder. The corresponding C function is `statvfs`.
  static func free(in folder: String) throws(DatasetError) -> Int {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { throw .system("\(folder): cannot read the free disk space") }
    return free(blocks: status.f_bavail, of: status.f_blocks, ofSize: status.f_frsize)
  }

  /// Free blocks in bytes; unlimited if a file system reports no blocks at all, as mounted object stores do.
  static func free(blocks: some BinaryInteger, of all: some BinaryInteger, ofSize size: some BinaryInteger) -> Int {
    all == 0 ? .max : bytes(blocks: blocks, ofSize: size)
  }

  /// The size of blocks in bytes, at most `Int.max`: network file systems without a quota report numbers whose product
  /// overflows 64 bits.
  static func bytes(blocks: some BinaryInteger, ofSize size: some BinaryInteger) -> Int {
    let (bytes, overflow) = UInt64(clamping: blocks).multipliedReportingOverflow(by: UInt64(clamping: size))
    return overflow ? .max : Int(clamping: bytes)
  }

  /// The bytes that a file occupies on the disk, without holes; 0 if it does not exist.
  static func allocated(to path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? bytes(blocks: status.st_blocks, ofSize: 512) : 0
  }

  /// Throws if a file needs more than the free space. Call it before the work begins.
  ///
  /// - Parameters:
  ///   - need: in bytes.
  ///   - path: what needs it.
  ///   - choices: what to do instead of freeing space: "choose another --out".
  /// - Throws: ``DatasetError`` with code `.diskFull`.
  static func refuse(_ need: Int, in folder: String, for path: String, choose choices: String) throws(DatasetError) {
    let free = try free(in: folder)
    guard need > free else { return }
    throw DatasetError(
      .diskFull,
      "\(path): needs \(byteText(need)), but only \(byteText(free)) is free in \(folder); free some space, or \(choices)"
    )
  }
}
