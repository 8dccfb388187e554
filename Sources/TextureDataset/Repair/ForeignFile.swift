import Foundation

/// A file under a dataset's name that is not recognised as a damaged part of it. A repair keeps it as `NAME.replaced`.
struct ForeignFile {
  private let path: String
  private var aside: String { path + ".replaced" }

  /// - Returns: nil for an empty file, which need not be kept.
  /// - Throws: ``DatasetError`` with code `.outputExists` if that name is taken.
  init?(_ path: String) throws(DatasetError) {
    self.path = path
    var status = stat()
    guard stat(path, &status) == 0, status.st_size > 0 else { return nil }
    guard access(aside, F_OK) != 0 else {
      throw DatasetError(
        .outputExists, "\(aside): exists; \(path) belongs to another dataset and would be renamed to it")
    }
  }

  func moveAside(_ summary: inout DatasetRepairer.Summary) throws(DatasetError) {
    try renameFile(path, to: aside)
    summary.notes.append("\(path) was not part of this dataset; renamed it to \(aside)")
  }
}
