import Foundation

/// The space on a disk: what is free, and what files take.
enum DiskSpace {
  /// How many bytes the process may still write in a folder. The corresponding C function is `statvfs`.
  static func free(in folder: String) throws(DatasetError) -> Int {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { throw .system("\(folder): cannot read the free disk space") }
    return free(blocks: status.f_bavail, of: status.f_blocks, ofSize: status.f_frsize)
  }

  /// Free blocks in bytes; without end where a file system has none at all: a mount of an object store, say, does not know
  /// its size.
  static func free(blocks: some BinaryInteger, of all: some BinaryInteger, ofSize size: some BinaryInteger) -> Int {
    all == 0 ? .max : bytes(blocks: blocks, ofSize: size)
  }

  /// The size of some blocks in bytes, at most `Int.max`: network file systems without a quota report numbers whose
  /// product has more than 64 bits.
  static func bytes(blocks: some BinaryInteger, ofSize size: some BinaryInteger) -> Int {
    let (bytes, overflow) = UInt64(clamping: blocks).multipliedReportingOverflow(by: UInt64(clamping: size))
    return overflow ? .max : Int(clamping: bytes)
  }

  /// What a file takes on the disk, in bytes, holes left out; 0 where there is none.
  static func allocated(to path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? bytes(blocks: status.st_blocks, ofSize: 512) : 0
  }

  /// Refuses a need beyond the free space, before work begins.
  ///
  /// - Parameters:
  ///   - need: in bytes.
  ///   - path: what needs it.
  ///   - choices: what to do instead of freeing some: "choose another --out".
  /// - Throws: ``DatasetError`` with code `.diskFull`.
  static func refuse(_ need: Int, in folder: String, for path: String, choose choices: String) throws(DatasetError) {
    let free = try free(in: folder)
    guard need > free else { return }
    throw DatasetError(
      .diskFull,
      "\(path): needs \(byteText(need)), and \(byteText(free)) are free in \(folder); free some, or \(choices)")
  }
}
