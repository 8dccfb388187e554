import Foundation

/// A temporary folder, removed at the end of a test.
final class WeightsFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "gpgen-weights-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
