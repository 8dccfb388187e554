import Foundation

/// A file opened for writing, with the lock that keeps a second writer away until it is closed.
package final class LockedFile: ReadableFile {
  let path: String
  /// Whether there was no file of that name before.
  let isNew: Bool
  /// Whether the file system has locks; some parallel ones are mounted without.
  let isLocked: Bool
  private let descriptor: Int32

  /// Opens or creates the file and locks it. Its contents are left as they are.
  ///
  /// - Parameter create: make the file where there is none.
  /// - Throws: ``DatasetError`` with code `.outputLocked` where another process writes it.
  package init(_ path: String, create: Bool = true) throws(DatasetError) {
    self.path = path
    let created = create ? open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) : -1
    isNew = created >= 0
    // A pipe or a device may keep one waiting.
    descriptor = isNew ? created : open(path, O_RDWR | (create ? O_CREAT : 0) | O_NONBLOCK | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system("\(path): cannot open for writing") }
    // From here on `deinit` closes the file, after a throw too.
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

  /// What `flock` says where a file system has no locks: Lustre mounted without them, NFS whose server has no lock manager,
  /// file systems in user space. Whole runs then write the same bytes to the same places, whatever their order, so a second
  /// writer that is not noticed spoils nothing but its own result; ``DatasetGenerator/Summary/notes`` says so.
  private static let noLocks = [ENOSYS, ENOTSUP, EOPNOTSUPP, ENOLCK, EINVAL]

  /// Takes the lock, or leaves the reason in `errno`.
  ///
  /// - Parameter patiently: wait up to a tenth of a second. A run that is about to be refused may hold the lock of a new
  ///   file for a moment, to learn whether it is being written.
  private static func lock(_ descriptor: Int32, patiently: Bool) -> Bool {
    for _ in 0..<(patiently ? 100 : 0) {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
      guard errno == EWOULDBLOCK else { return false }
      usleep(1000)
    }
    return flock(descriptor, LOCK_EX | LOCK_NB) == 0
  }

  private static func busy(_ path: String) -> DatasetError {
    DatasetError(.outputLocked, "\(path): another process is writing it; wait for that, or choose another --out")
  }

  deinit {
    // A child that is just being started has the descriptor too until it becomes another program: closing ours alone
    // would leave the lock to it.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Writes all bytes at an offset. Safe from several threads.
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

  /// Gives the file another length. The corresponding C function is `ftruncate`.
  package func setSize(_ bytes: Int) throws(DatasetError) {
    guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw .system("\(path): cannot change its length") }
  }

  /// Makes what is written last. The corresponding C function is `fsync`.
  package func sync() throws(DatasetError) {
    guard fsync(descriptor) == 0 else { throw .system("\(path): cannot bring to the disk") }
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
    guard count > 0 else { throw DatasetError(.invalidFile, "\(path): ends before its data") }
    done += count
  }
}

extension DatasetError.Code {
  /// The kind of an `errno`: whether the disk, or the user's part of it, is full.
  init(systemError number: Int32) { self = [ENOSPC, EDQUOT].contains(number) ? .diskFull : .fileSystem }
}

extension DatasetError {
  /// What was attempted, with the operating system's reason in `errno`.
  static func system(_ what: String) -> DatasetError {
    let number = errno
    return DatasetError(Code(systemError: number), "\(what): \(String(cString: strerror(number)))")
  }
}

/// Gives a file another name, in place of a file that has it. The corresponding C function is `rename`.
package func renameFile(_ from: String, to: String) throws(DatasetError) {
  guard rename(from, to) == 0 else { throw .system("\(from): cannot rename to \(to)") }
}

/// Gives a file a second name, in place of a file that has it. The corresponding C function is `link`.
func linkFile(_ path: String, as name: String) throws(DatasetError) {
  try removeFile(name)
  guard link(path, name) == 0 else { throw .system("\(path): cannot link as \(name)") }
}

/// Removes a file; one that is not there is no error. The corresponding C function is `unlink`.
func removeFile(_ path: String) throws(DatasetError) {
  guard unlink(path) == 0 || errno == ENOENT else { throw .system("\(path): cannot remove") }
}

/// Makes a folder's names last: after files in it are made or renamed.
package func syncFolder(_ folder: String) throws(DatasetError) {
  let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw .system("\(folder): cannot open") }
  defer { close(descriptor) }
  // Some network file systems do not sync folders, and say so.
  guard fsync(descriptor) == 0 || [EINVAL, ENOTSUP, ENOSYS].contains(errno) else {
    throw .system("\(folder): cannot bring to the disk")
  }
}
