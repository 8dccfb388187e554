#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The folder of the previews, and how files come into it: whole, or not at all.
struct PreviewFolder: Sendable {
  let path: String

  /// Checks the folder, or where it would be made, and changes nothing.
  ///
  /// - Throws: ``DatasetError`` with code `.fileSystem` where it is a file, or cannot be written.
  init(_ path: String) throws(DatasetError) {
    guard !path.isEmpty else {
      throw DatasetError(.fileSystem, "the folder for previews has no name; name one with --previews")
    }
    self.path = path
    let trimmed = Self.trimmed(path)
    var existing = trimmed
    var status = stat()
    while stat(existing, &status) != 0 {
      guard errno == ENOENT || errno == ENOTDIR, let parent = Self.parent(of: existing) else {
        throw Self.refusal(path, reason: systemMessage(errno))
      }
      existing = parent
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      let what = existing == trimmed ? path : "\(path) cannot be made: \(existing)"
      throw DatasetError(.fileSystem, "\(what) is a file, not a folder; choose another folder")
    }
    guard access(existing, W_OK | X_OK) == 0 else { throw Self.refusal(path, reason: systemMessage(errno)) }
  }

  /// Writes a file of the folder, making the folder first where it is missing.
  ///
  /// The bytes go to `NAME.partial`, which takes the name when it is whole; after an error neither is there.
  func write(_ bytes: [UInt8], to name: String) throws(DatasetError) {
    try Self.make(path)
    let target = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
    let partial = target + ".partial"
    let file = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw Self.failure(target, errno) }
    var code = Self.writeAll(bytes, to: file)
    if close(file) != 0 && code == 0 { code = errno }
    if code == 0 && rename(partial, target) != 0 { code = errno }
    guard code == 0 else {
      unlink(partial)
      throw Self.failure(target, code)
    }
  }

  /// - Returns: 0, or the `errno` of the write that failed.
  private static func writeAll(_ bytes: [UInt8], to file: Int32) -> Int32 {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = Self.writeSome(UnsafeRawBufferPointer(rebasing: rest), to: file)
        if count < 0 && errno == EINTR { continue }
        if count < 0 { return errno }
        rest = rest.dropFirst(count)
      }
      return 0
    }
  }

  /// The corresponding C function is `write`, whose name the method above hides.
  private static func writeSome(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Int {
    #if canImport(Darwin)
      Darwin.write(file, bytes.baseAddress, bytes.count)
    #else
      Glibc.write(file, bytes.baseAddress, bytes.count)
    #endif
  }

  /// Makes the folder and those it lies in.
  private static func make(_ folder: String) throws(DatasetError) {
    if mkdir(folder, 0o777) == 0 { return }
    if errno == ENOENT, let parent = parent(of: folder) {
      try make(parent)
      if mkdir(folder, 0o777) == 0 { return }
    }
    // "/" and folders on a disk that is not ours may answer with another error than EEXIST, and be there.
    let reason = errno
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw refusal(folder, reason: systemMessage(reason))
    }
  }

  /// "a" for "a/b" and "a/b/", "." for "b", none for "." and "/".
  private static func parent(of path: String) -> String? {
    let path = trimmed(path)
    if path == "." || path == "/" { return nil }
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : trimmed(String(path[..<slash]))
  }

  /// The path without the slashes at its end, where a file's name would be refused as if nothing were there.
  private static func trimmed(_ path: String) -> String {
    var rest = path[...]
    while rest.count > 1 && rest.hasSuffix("/") { rest.removeLast() }
    return String(rest)
  }

  private static func refusal(_ folder: String, reason: String) -> DatasetError {
    DatasetError(.fileSystem, "\(folder) cannot hold previews: \(reason); choose another folder")
  }

  private static func failure(_ file: String, _ code: Int32) -> DatasetError {
    let full = code == ENOSPC || code == EDQUOT
    let advice = full ? "make room on the disk, or choose another folder" : "choose another folder"
    return DatasetError(
      full ? .diskFull : .fileSystem, "\(file) cannot be written: \(systemMessage(code)); \(advice)")
  }
}

/// The system's own words for an `errno`. The corresponding C function is `strerror`.
private func systemMessage(_ code: Int32) -> String {
  String(cString: strerror(code))
}
