import Foundation

/// A file opened for writing and locked against other writers until it is closed.
package final class LockedFile: ReadableFile {
  let path: String
  /// Whether this object created the file.
  let isNew: Bool
  /// Whether the file is locked; some parallel file systems are mounted without locks.
  let isLocked: Bool
  private let descriptor: Int32

  /// Opens or creates the file and locks it. Its contents are left as they are.
  ///
  /// - Parameter create: create the file if it does not exist.
  /// - Throws: ``DatasetError`` with code `.outputLocked` if another process is writing it.
  package init(_ path: String, create: Bool = true) throws(DatasetError) {
    self.path = path
    let created = create ? open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) : -1
    isNew = created >= 0
    // Opening a pipe or a device could block.
    descriptor = isNew ? created : open(path, O_RDWR | (create ? O_CREAT : 0) | O_NONBLOCK | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system("\(path): cannot open for writing") }
    // From here on `deinit` closes the file, even after a throw.
    isLocked = Self.lock(descriptor, patiently: isNew)
    guard isLocked || Self.noLocks.contains(errno) else {
      throw errno == EWOULDBLOCK ? Self.busy(path) : DatasetError.system("\(path): cannot lock")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw DatasetError(.outputExists, "\(path): exists and is not a file; choose another name")
    }
    // The file may have been finished, and renamed, between opening and locking.
    var (opened, named) = (stat(), stat())
    guard fstat(descriptor, &opened) == 0, stat(path, &named) == 0, opened.st_ino == named.st_ino,
      opened.st_dev == named.st_dev
    else { throw Self.busy(path) }
  }

  /// The errors of `flock` on file systems without locks: Lustre mounted without them, NFS without a lock manager, file
  /// systems in user space. An unnoticed second writer is harmless there, since all runs write the same bytes to the
  /// same offsets; ``DatasetGenerator/Summary/notes`` mentions it.
  private static let noLocks = [ENOSYS, ENOTSUP, EOPNOTSUPP, ENOLCK, EINVAL]

  /// Takes the lock, or leaves the reason in `errno`.
  ///
  /// - Parameter patiently: wait up to 0.1 s. A run that checks whether the file is being written may hold the lock of
  ///   a new file for a moment.
  private static func lock(_ descriptor: Int32, patiently: Bool) -> Bool {
    for _ in 0..<(patiently ? 100 : 0) {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
      guard errno == EWOULDBLOCK else { return false }
      usleep(1000)
    }
    return flock(descriptor, LOCK_EX | LOCK_NB) == 0
  }

  private static func busy(_ path: String) -> DatasetError {
    DatasetError(
      .outputLocked, "\(path): another process is writing it; wait until it has finished, or choose another --out")
  }

  deinit {
    // A child process between fork and exec shares the descriptor and would keep the lock after a mere close.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Writes all bytes at an offset. Thread-safe.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DatasetError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let count = pwrite(descriptor, piece.baseAddress, piece.count, off_t(offset + bytes.count - rest.count))
      if count < 0 {
        if errno == EINTR { continue }
        throw .system("\(path): cannot write")
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Fills `bytes` from an offset.
  func read(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(DatasetError) {
    try readFully(bytes, from: descriptor, at: offset, of: path)
  }

  /// Changes the file's length. The corresponding C function is `ftruncate`.
  package func setSize(_ bytes: Int) throws(DatasetError) {
    guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw .system("\(path): cannot change its length") }
  }

  /// Flushes written data to the disk. The corresponding C function is `fsync`.
  package func sync() throws(DatasetError) {
    guard fsync(descriptor) == 0 else { throw .system("\(path): cannot flush to the disk") }
  }
}

/// Fills `bytes` from an offset of an open file. The corresponding C function is `pread`.
func readFully(
  _ bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int, of path: String
) throws(DatasetError) {
  var done = 0
  while done < bytes.count {
    let count = pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
    if count < 0 {
      if errno == EINTR { continue }
      throw .system("\(path): cannot read")
    }
    guard count > 0 else { throw DatasetError(.invalidFile, "\(path): is truncated: it ends before its data") }
    done += count
  }
}

extension DatasetError.Code {
  /// The kind of an `errno`: `.diskFull` if the disk or the user's quota is full.
  init(systemError number: Int32) { self = [ENOSPC, EDQUOT].contains(number) ? .diskFull : .fileSystem }
}

extension DatasetError {
  /// An error that states what was attempted and the reason in `errno`.
  static func system(_ what: String) -> DatasetError {
    let number = errno
    return DatasetError(Code(systemError: number), "\(what): \(String(cString: strerror(number)))")
  }
}

/// Renames a file, replacing any file of the new name. The corresponding C function is `rename`.
package func renameFile(_ from: String, to: String) throws(DatasetError) {
  guard rename(from, to) == 0 else { throw .system("\(from): cannot rename to \(to)") }
}

/// Gives a file a second name, replacing any file of that name. The corresponding C function is `link`.
func linkFile(_ path: String, as name: String) throws(DatasetError) {
  try removeFile(name)
  guard link(path, name) == 0 else { throw .system("\(path): cannot link as \(name)") }
}

/// Removes a file; it is not an error if the file does not exist. The corresponding C function is `unlink`.
func removeFile(_ path: String) throws(DatasetError) {
  guard unlink(path) == 0 || errno == ENOENT else { throw .system("\(path): cannot remove") }
}

/// Flushes a folder's entries to the disk, after files in it are created or renamed.
package func syncFolder(_ folder: String) throws(DatasetError) {
  let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw .system("\(folder): cannot open") }
  defer { close(descriptor) }
  // Some network file systems cannot sync folders and report so.
  guard fsync(descriptor) == 0 || [EINVAL, ENOTSUP, ENOSYS].contains(errno) else {
    throw .system("\(folder): cannot flush to the disk")
  }
}
