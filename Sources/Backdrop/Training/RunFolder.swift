import Foundation
import TextureDataset

/// The folder of a run, locked against a second training while this object exists.
final class RunFolder {
  let path: String
  /// Whether the folder contains a run that has begun.
  private(set) var hasRun: Bool
  private let lock: LockedFile
  /// The folders that this object created, innermost first.
  private let created: [String]

  /// The files of a run.
  enum File: String, CaseIterable {
    case configuration = "configuration.json"
    case metrics = "metrics.jsonl"
    /// In runs that log their steps.
    case steps = "steps.jsonl"
    case checkpoint = "checkpoint.safetensors"
    case best = "best.safetensors"
    case weights = "weights.safetensors"
    case confusion = "confusion.txt"
    /// Written last: a run with this file is finished.
    case evaluation = "evaluation.json"
  }

  private static let lockName = ".lock"

  /// Whether a folder contains a run that can be resumed.
  static func hasRun(_ path: String) -> Bool { access(file(path, File.checkpoint.rawValue), F_OK) == 0 }

  /// Locks the folder, and creates it if it is missing.
  ///
  /// - Parameter policy: how to treat an existing run.
  /// - Throws: ``BackdropError`` with code `.outputExists`, or `.fileSystem` if the folder cannot be written.
  init(_ path: String, policy: Trainer.Policy) throws(BackdropError) {
    self.path = path
    var status = stat()
    let exists = stat(path, &status) == 0
    guard !exists || status.st_mode & S_IFMT == S_IFDIR else {
      throw BackdropError(.outputExists, "\(path): is a file, not a folder; choose another --out")
    }
    // Partial files are left by interrupted writes and belong to no run.
    let names = exists ? try Self.names(in: path).filter { $0 != Self.lockName && !$0.hasSuffix(".partial") } : []
    hasRun = names.contains(File.checkpoint.rawValue)
    if !names.isEmpty {
      guard hasRun || policy == .replace && names.contains(File.configuration.rawValue) else {
        throw BackdropError(
          .outputExists, "\(path): exists but contains no run (no \(File.checkpoint.rawValue)); choose another --out")
      }
      guard policy != .refuse else {
        throw BackdropError(
          .outputExists,
          "\(path): exists; use --resume to continue it, --force to replace it, or choose another --out")
      }
    }
    do throws(DatasetError) {
      created = try OutputFolder(path).create()
    } catch {
      throw BackdropError(.fileSystem, "\(path): \(error.message); choose another --out", cause: error)
    }
    do {
      lock = try LockedFile(Self.file(path, Self.lockName))
    } catch {
      OutputFolder.remove(created)
      throw error.code == .outputLocked
        ? BackdropError(
          .outputExists, "\(path): another process is training in it; wait for that process, or choose another --out")
        : BackdropError(file: error)
    }
  }

  /// The names of a folder's entries.
  ///
  /// - Throws: ``BackdropError`` with code `.fileSystem`: an unreadable folder must not be mistaken for an empty one.
  static func names(in folder: String) throws(BackdropError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw BackdropError(
        .fileSystem, "\(folder): cannot read the folder: \(String(cString: strerror(errno))); choose another --out",
        cause: error)
    }
  }

  static func file(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// The path of one of the run's files.
  func callAsFunction(_ file: File) -> String { Self.file(path, file.rawValue) }

  func has(_ file: File) -> Bool { access(self(file), F_OK) == 0 }

  /// Starts a run, replacing an existing one. A call to ``rollBack(to:)`` must follow.
  func begin(_ checkpoint: Checkpoint) throws(BackdropError) {
    // From here on the folder belongs to the new run, whose checkpoint determines which files are valid.
    try checkpoint.write(to: self(.checkpoint))
    hasRun = true
  }

  /// Refuses to resume if metrics.jsonl or steps.jsonl is shorter than the checkpoint says.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidFile`.
  func check(_ position: TrainingPosition) throws(BackdropError) {
    for (file, known) in [(File.metrics, position.metricsBytes), (.steps, position.log?.bytes ?? 0)] {
      var status = stat()
      let bytes = stat(self(file), &status) == 0 ? Int(status.st_size) : 0
      guard bytes >= known else {
        throw BackdropError(
          .invalidFile,
          "\(self(file)): has \(counted(bytes, "byte")), but the checkpoint expects \(known): lines are missing;"
            + " restore the file, or start a new run with --force or another --out")
      }
    }
  }

  /// Restores the files to the state of a checkpoint, by removing everything written after it. Only the final weights
  /// of a finished run remain while the run is extended, until they are replaced.
  func rollBack(to checkpoint: Checkpoint) throws(BackdropError) {
    try write(checkpoint.record.json, to: .configuration)
    try truncate(.metrics, to: checkpoint.position.metricsBytes)
    if let log = checkpoint.position.log { try truncate(.steps, to: log.bytes) } else { unlink(self(.steps)) }
    // A run without an evaluation is unfinished. The files of a replaced run are removed too.
    unlink(self(.evaluation))
    if checkpoint.position.step == 0 { for file in [File.confusion, .weights] { unlink(self(file)) } }
    if checkpoint.position.best == nil { unlink(self(.best)) }
  }

  private func truncate(_ file: File, to bytes: Int) throws(BackdropError) {
    try attempt { () throws(DatasetError) in
      let file = try LockedFile(self(file))
      try file.setSize(bytes)
      try file.sync()
    }
  }

  /// Writes a line at an offset, in bytes. A crash of the machine may lose it until ``sync(_:)`` returns.
  ///
  /// - Returns: the offset of the next line.
  func append(_ line: String, to file: File, at offset: Int) throws(BackdropError) -> Int {
    let bytes = Array((line + "\n").utf8)
    try attempt { () throws(DatasetError) in
      let file = try LockedFile(self(file))
      try bytes.withUnsafeBufferPointer { bytes throws(DatasetError) in
        try file.write(UnsafeRawBufferPointer(bytes), at: offset)
      }
    }
    return offset + bytes.count
  }

  /// Flushes a file to disk.
  func sync(_ file: File) throws(BackdropError) {
    try attempt { () throws(DatasetError) in try LockedFile(self(file)).sync() }
  }

  /// Replaces a file atomically: after an error it is unchanged.
  func write(_ text: String, to file: File) throws(BackdropError) {
    try attempt { () throws(DatasetError) in try replaceFile(self(file), with: Array(text.utf8)) }
  }

  /// Removes the created folders if no run has begun, so that refused input leaves no trace.
  func removeIfUnused() {
    guard !hasRun else { return }
    unlink(Self.file(path, Self.lockName))
    OutputFolder.remove(created)
  }

  private func attempt(_ work: () throws(DatasetError) -> Void) throws(BackdropError) {
    do throws(DatasetError) {
      try work()
    } catch {
      throw BackdropError(file: error)
    }
  }
}
