#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The folder of the previews, and how files come into it: whole, or not at all.
struct PreviewFolder: Sendable {
  private let folder: OutputFolder

  /// Checks the folder, or where it would be made, and changes nothing.
  ///
  /// - Throws: ``DatasetError`` with code `.fileSystem` where it is a file, or cannot be written.
  init(_ path: String) throws(DatasetError) {
    guard !path.isEmpty else {
      throw DatasetError(.fileSystem, "the folder for previews has no name; name one with --previews")
    }
    do {
      folder = try OutputFolder(path)
    } catch {
      throw DatasetError(error.code, "\(error.message); choose another folder for previews")
    }
  }

  /// The path of a file of the folder.
  func callAsFunction(_ name: String) -> String {
    folder.path.hasSuffix("/") ? folder.path + name : "\(folder.path)/\(name)"
  }

  /// Writes a file of the folder, making the folder first where it is missing.
  ///
  /// The bytes go to `NAME.partial`, which takes the name when it is whole; after an error neither is there, nor a folder
  /// that was made for it.
  func write(_ bytes: [UInt8], to name: String) throws(DatasetError) {
    let created = try folder.create()
    let target = self(name)
    let partial = target + ".partial"
    let file = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    var code = file >= 0 ? Self.writeAll(bytes, to: file) : errno
    if file >= 0, close(file) != 0, code == 0 { code = errno }
    if code == 0, rename(partial, target) != 0 { code = errno }
    guard code == 0 else {
      if file >= 0 { unlink(partial) }
      OutputFolder.remove(created)
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

  private static func failure(_ file: String, _ code: Int32) -> DatasetError {
    let kind = DatasetError.Code(systemError: code)
    let advice = kind == .diskFull ? "make room on the disk, or choose another folder" : "choose another folder"
    return DatasetError(kind, "\(file) cannot be written: \(systemMessage(code)); \(advice)")
  }
}

/// The system's own words for an `errno`. The corresponding C function is `strerror`.
private func systemMessage(_ code: Int32) -> String {
  String(cString: strerror(code))
}
