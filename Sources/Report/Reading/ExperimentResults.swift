import Foundation
import TextureDataset

/// The results in an experiment's folder, finished or not.
public struct ExperimentResults: Sendable {
  /// A row of summary.csv: one metric of a group of runs that differ only in their seeds.
  struct Summary: Sendable {
    let dataset: String
    /// The number of training samples.
    let samples: Double?
    let network: String
    let method: String
    let budget: String
    /// The number of steps of the baseline.
    let steps: Double?
    let metric: String
    /// The number of runs.
    let seeds: Double?
    let mean: Estimate
    /// The method that ``difference`` compares with.
    let baseline: String
    let difference: Estimate?
    let ceiling: Double?
  }

  /// A number with an optional interval.
  struct Estimate: Sendable {
    let value: Double
    let low: Double?
    let high: Double?
  }

  /// The path of the folder.
  public let path: String
  let name: String
  let title: String
  let description: String
  /// The number of runs of the whole experiment; nil if not recorded.
  let cells: Int?
  /// The number of finished runs; nil if not recorded.
  let finished: Int?
  let summaries: [Summary]
  /// The number of rows of results.csv; nil without that file.
  let runs: Int?

  private static let settings = "experiment.json"
  private static let summary = "summary.csv"
  private static let results = "results.csv"
  /// The maximum size of a file, in bytes.
  private static let maximumBytes = 32 << 20

  /// Whether a folder contains the files of an experiment.
  public static func isExperiment(_ path: String) -> Bool {
    [settings, summary].contains { access(file($0, of: path), F_OK) == 0 }
  }

  /// Reads a folder. Blocks while it reads.
  ///
  /// - Throws: ``ReportError``, whose message names the file and the line.
  public init(_ path: String) throws(ReportError) {
    self.path = path
    let settings = try Self.read(Self.settings, of: path)
    let experiment = try settings.map { bytes throws(ReportError) in
      try Settings(bytes, file: Self.file(Self.settings, of: path))
    }
    name = experiment?.name ?? ""
    title = experiment?.title ?? ""
    description = experiment?.description ?? ""
    (cells, finished) = (experiment?.cells, experiment?.finished)
    summaries =
      try Self.read(Self.summary, of: path).map { bytes throws(ReportError) in
        try Self.summaries(CSVTable(bytes, file: Self.file(Self.summary, of: path)))
      } ?? []
    runs = try Self.read(Self.results, of: path).map { bytes throws(ReportError) in
      try CSVTable(bytes, file: Self.file(Self.results, of: path)).rows.count
    }
  }

  /// The keys of experiment.json that a report shows, all optional.
  private struct Settings: Decodable {
    let name: String?
    let title: String?
    let description: String?
    let cells: Int?
    let finished: Int?

    init(_ bytes: [UInt8], file: String) throws(ReportError) {
      do {
        self = try JSONDecoder().decode(Self.self, from: Data(bytes))
      } catch DecodingError.typeMismatch(_, let context) {
        let key = context.codingPath.map(\.stringValue).joined(separator: ".")
        throw ReportError(
          .invalidFile, "\(file): \(key.isEmpty ? "" : "`\(key)`: ")\(context.debugDescription)")
      } catch {
        throw ReportError(.invalidFile, "\(file): is not JSON, expected the settings of an experiment")
      }
    }
  }

  private static func file(_ name: String, of folder: String) -> String {
    folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// The bytes of a file; nil if it does not exist.
  private static func read(_ name: String, of folder: String) throws(ReportError) -> [UInt8]? {
    let path = file(name, of: folder)
    guard access(path, F_OK) == 0 else { return nil }
    let file: OpenedFile
    do { file = try OpenedFile(path, expected: "a file of an experiment") } catch { throw ReportError(file: error) }
    guard file.size <= maximumBytes else {
      throw ReportError(
        .invalidFile,
        "\(path): has \(byteText(file.size)), expected at most \(byteText(maximumBytes)) for results of an experiment")
    }
    var bytes = [UInt8](repeating: 0, count: file.size)
    do {
      try bytes.withUnsafeMutableBufferPointer { bytes throws(DatasetError) in
        try file.read(UnsafeMutableRawBufferPointer(bytes), at: 0)
      }
    } catch {
      throw ReportError(file: error)
    }
    return bytes
  }

  private static func summaries(_ table: CSVTable) throws(ReportError) -> [Summary] {
    for column in ["dataset", "samples", "method", "metric", "mean"] where table.column(column) == nil {
      throw ReportError(
        .invalidFile, "\(table.file): has no column \"\(column)\", expected those of an experiment's summary")
    }
    var summaries: [Summary] = []
    for row in table.rows {
      // A group without a mean has no finished runs yet.
      guard let mean = try estimate(table, row, "mean", "low", "high") else { continue }
      summaries.append(
        Summary(
          dataset: table.text(row, "dataset"), samples: try table.number(row, "samples"),
          network: table.text(row, "network"), method: table.text(row, "method"), budget: table.text(row, "budget"),
          steps: try table.number(row, "steps"), metric: table.text(row, "metric"),
          seeds: try table.number(row, "seeds"), mean: mean,
          baseline: table.text(row, "baseline"),
          difference: try estimate(table, row, "difference", "difference_low", "difference_high"),
          ceiling: try table.number(row, "ceiling")))
    }
    return summaries
  }

  private static func estimate(
    _ table: CSVTable, _ row: CSVTable.Row, _ value: String, _ low: String, _ high: String
  ) throws(ReportError) -> Estimate? {
    guard let value = try table.number(row, value) else { return nil }
    return Estimate(value: value, low: try table.number(row, low), high: try table.number(row, high))
  }
}
