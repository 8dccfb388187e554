import Foundation

/// Writes a whole file so that its name holds the old contents or the new, whatever happens in between.
///
/// The bytes go to `path.partial`, are brought to the disk, and take the name; a second process that writes the same
/// file is refused. The folder is created where it is missing. After an error there is neither a partial file nor a folder
/// that was created for it.
///
/// - Throws: ``DatasetError``; then the file is as it was.
package func replaceFile(_ path: String, with bytes: [UInt8]) throws(DatasetError) {
  let partial = OutputNames.partial(path)
  let created = try OutputFolder(of: path).create()
  let file: LockedFile
  do throws(DatasetError) {
    file = try LockedFile(partial)
  } catch {
    OutputFolder.remove(created)
    throw error
  }
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
    OutputFolder.remove(created)
    throw error
  }
  try syncFolder(OutputNames(path: path, shardCount: 1).folder)
}

/// Refuses a file that cannot be written, or that is there and may not be replaced: before the work whose result it takes.
/// Changes nothing.
///
/// - Throws: ``DatasetError`` with code `.outputExists` or `.fileSystem`.
package func refuseOutput(_ path: String, replace: Bool) throws(DatasetError) {
  var status = stat()
  if stat(path, &status) == 0 {
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DatasetError(.outputExists, "\(path): exists and is not a file; choose another --out")
    }
    guard replace else {
      throw DatasetError(.outputExists, "\(path): exists; use --force to replace it, or choose another --out")
    }
  }
  _ = try OutputFolder(of: path)
}

/// Refuses an output that is one of the files it is made from, under whatever name.
///
/// - Parameters:
///   - path: of the output.
///   - inputs: files, datasets, or folders with one dataset's files, all of them opened before.
/// - Throws: ``DatasetError`` with code `.outputExists`.
package func refuseOutput(_ path: String, among inputs: [String]) throws(DatasetError) {
  var output = stat()
  guard stat(path, &output) == 0 else { return }
  for input in inputs {
    for file in [input] + ((try? DatasetFiles(input))?.paths ?? []) {
      var status = stat()
      guard stat(file, &status) == 0, status.st_ino == output.st_ino, status.st_dev == output.st_dev else { continue }
      throw DatasetError(.outputExists, "\(path): is read as \(file), and would be lost; choose another --out")
    }
  }
}
