import Foundation

/// A folder for output. It and its missing parents are created only when something is written.
package struct OutputFolder: Sendable {
  /// The folder's path, as given.
  package let path: String
  /// The innermost folder on the path that exists.
  package let existing: String
  /// The folders to create, the innermost first.
  private let missing: [String]

  /// Checks that the folder can be written or created. Changes nothing.
  ///
  /// - Throws: ``DatasetError`` with code `.fileSystem`; its message says what was found but gives no advice.
  package init(_ path: String) throws(DatasetError) {
    self.path = path
    var missing: [String] = []
    var existing = Self.trimmed(path)
    var status = stat()
    while stat(existing, &status) != 0 {
      guard errno == ENOENT || errno == ENOTDIR, let parent = Self.parent(of: existing) else {
        throw .system("the folder \(existing) cannot be used")
      }
      missing.append(existing)
      existing = parent
    }
    self.existing = existing
    self.missing = missing
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw DatasetError(
        .fileSystem,
        missing.isEmpty
          ? "\(path) is a file, not a folder" : "the folder \(path) cannot be created: \(existing) is a file")
    }
    guard access(existing, W_OK | X_OK) == 0 else {
      throw DatasetError(.fileSystem, "the folder \(existing) is not writable")
    }
  }

  /// The folder of a file.
  ///
  /// - Throws: ``DatasetError`` with code `.fileSystem` if it can be neither written nor created.
  package init(of file: String) throws(DatasetError) {
    do {
      try self.init(Self.parent(of: file) ?? ".")
    } catch {
      throw DatasetError(error.code, "\(file): \(error.message); choose another --out")
    }
  }

  /// Creates the missing folders.
  ///
  /// - Returns: the folders that this call created, the innermost first, for ``remove(_:)``.
  /// - Throws: ``DatasetError``; the folders created by then are removed.
  @discardableResult
  package func create() throws(DatasetError) -> [String] {
    var created: [String] = []
    do throws(DatasetError) {
      for folder in missing.reversed() {
        if mkdir(folder, 0o777) == 0 {
          created.insert(folder, at: 0)
          try syncFolder(Self.parent(of: folder) ?? ".")
        } else if errno != EEXIST {
          throw .system("\(folder): cannot create the folder")
        }
      }
    } catch {
      Self.remove(created)
      throw error
    }
    return created
  }

  /// Removes those of the created folders that are empty.
  package static func remove(_ created: [String]) {
    for folder in created { rmdir(folder) }
  }

  /// "a" for "a/b" and "a/b/", "." for "b"; nil for "." and "/".
  private static func parent(of path: String) -> String? {
    let path = trimmed(path)
    if path == "." || path == "/" { return nil }
    // Compare bytes: a slash followed by a combining mark is a different character, but still a separator.
    guard let end = path.utf8.lastIndex(of: slash) else { return "." }
    return end == path.startIndex ? "/" : trimmed(String(Substring(path.utf8[..<end])))
  }

  /// The path without trailing slashes; "." for an empty one.
  private static func trimmed(_ path: String) -> String {
    var bytes = path.utf8[...]
    while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
    return bytes.isEmpty ? "." : String(Substring(bytes))
  }

  private static let slash = UInt8(ascii: "/")
}
