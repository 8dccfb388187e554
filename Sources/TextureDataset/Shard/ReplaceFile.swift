import Foundation

/// Writes a whole file so that its name holds the old contents or the new, whatever happens in between.
///
/// The bytes go to `path.partial`, are brought to the disk, and take the name; a second process that writes the same
/// file is refused. After an error there is no partial file.
///
/// - Throws: ``DatasetError``; then the file is as it was.
package func replaceFile(_ path: String, with bytes: [UInt8]) throws(DatasetError) {
  let partial = OutputNames.partial(path)
  let file = try LockedFile(partial)
  do throws(DatasetError) {
    var status = stat()
    guard stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
      throw DatasetError(.outputExists, "\(path): exists and is not a file; choose another name")
    }
    try file.setSize(0)
    try bytes.withUnsafeBufferPointer { bytes throws(DatasetError) in
      try file.write(UnsafeRawBufferPointer(bytes), at: 0)
    }
    try file.sync()
    try renameFile(partial, to: path)
  } catch {
    unlink(partial)
    throw error
  }
  try syncFolder(OutputNames(path: path, shardCount: 1).folder)
}
