import Foundation
import TextureDataset

/// The results in a run's folder, whether the run is finished or not.
public struct RunResults: Sendable {
  /// The path of the run's folder.
  public let path: String
  /// The configuration and the dataset of the training.
  public let record: RunRecord
  /// The epochs in order, from metrics.jsonl.
  public let epochs: [EpochMetrics]
  /// The evaluation of the final weights; nil while the run is not finished.
  public let evaluation: Evaluation?

  /// The maximum size of a file that is read, in bytes: that of the metrics of over 50,000 epochs.
  private static let maximumBytes = 64 << 20

  /// Reads the folder. Blocks while it reads.
  ///
  /// - Parameter path: the path of the run's folder.
  /// - Throws: ``BackdropError`` with code `.invalidFile`, in which case the message names the file and the line, or
  ///   `.fileSystem`.
  public init(_ path: String) throws(BackdropError) {
    self.path = path
    guard let record = try RunRecord.inFolder(path) else {
      throw BackdropError(
        .invalidFile,
        "\(path): contains no readable run (no \(RunFolder.File.configuration.rawValue)); create one with `gpgen"
          + " train`")
    }
    self.record = record
    let metrics = RunFolder.file(path, RunFolder.File.metrics.rawValue)
    epochs = try Self.read(metrics).map { data throws(BackdropError) in try Self.epochs(in: data, file: metrics) } ?? []
    let evaluation = RunFolder.file(path, RunFolder.File.evaluation.rawValue)
    self.evaluation = try Self.read(evaluation).map { data throws(BackdropError) in
      try RunJSON.decode(Evaluation.self, from: data, file: evaluation)
    }
  }

  /// Whether a folder has the configuration of a run.
  public static func isRun(_ path: String) -> Bool {
    access(RunFolder.file(path, RunFolder.File.configuration.rawValue), F_OK) == 0
  }

  /// The bytes of a file; nil if it does not exist.
  private static func read(_ path: String) throws(BackdropError) -> Data? {
    guard access(path, F_OK) == 0 else { return nil }
    let file: OpenedFile
    do { file = try OpenedFile(path, expected: "a file of a run") } catch { throw BackdropError(file: error) }
    guard file.size <= maximumBytes else {
      throw BackdropError(
        .invalidFile,
        "\(path): has \(byteText(file.size)), expected at most \(byteText(maximumBytes)) for a run's results")
    }
    return Data(try file.values(UInt8(0), count: file.size, at: 0))
  }

  private static func epochs(in data: Data, file: String) throws(BackdropError) -> [EpochMetrics] {
    var epochs: [EpochMetrics] = []
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // After the last line break there is nothing, or a line that is still being written.
    for (number, line) in lines.dropLast().enumerated() {
      let name = "\(file):\(number + 1)"
      // Only some of the lines may be of an earlier version.
      let epoch = try RunJSON.decode(
        EpochMetrics.self, from: Data(line), file: name, renaming: RunFormat.formerKeys)
      guard epoch.epoch == number + 1 else {
        throw BackdropError(.invalidFile, "\(name): found epoch \(epoch.epoch), expected epoch \(number + 1)")
      }
      epochs.append(epoch)
    }
    return epochs
  }
}
