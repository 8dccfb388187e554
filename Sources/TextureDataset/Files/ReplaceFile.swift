import Foundation

/// Replaces a file atomically: its name refers to the old contents or the new ones, whatever happens.
///
/// The bytes are written to `path.partial`, flushed to the disk, and renamed. A second writer of the same file is
/// refused. Missing folders are created. An error leaves neither a partial file nor a new folder.
///
/// - Throws: ``DatasetError``; the file is then unchanged.
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

/// Throws if a file cannot be written, or exists and may not be replaced. Call it before the work begins. Changes
/// nothing.
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

/// Throws if an output is one of the inputs, under whatever name.
///
/// - Parameters:
///   - path: of the output.
///   - inputs: existing files, datasets, or folders that contain one dataset.
/// - Throws: ``DatasetError`` with code `.outputExists`.
package func refuseOutput(_ path: String, among inputs: [String]) throws(DatasetError) {
  var output = stat()
  guard stat(path, &output) == 0 else { return }
  for input in inputs {
    for file in [input] + ((try? DatasetFiles(input))?.paths ?? []) {
      var status = stat()
      guard stat(file, &status) == 0, status.st_ino == output.st_ino, status.st_dev == output.st_dev else { continue }
      throw DatasetError(.outputExists, "\(path): is the input \(file), which would be lost; choose another --out")
    }
  }
}
