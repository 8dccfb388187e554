import Foundation
import Testing

/// `gpgen report` refuses bad input and then writes nothing.
@Suite struct ReportTests {
  private let folder: ProgramFolder

  init() throws { folder = try ProgramFolder() }

  private func refuse(_ arguments: [String], status: Int32, _ message: String) async throws {
    let before = try folder.files
    let outcome = try await folder.gpgen(["report"] + arguments)
    #expect(outcome.status == status && outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("Error: ") && outcome.errors.contains(message), "\(outcome.errors)")
    #expect(try folder.files == before)
  }

  @Test(arguments: ["report.htm", "report", "folder/", ""]) func namesWithoutHTMLAreRefused(name: String) async throws {
    try await refuse(["x.h5", "--out", name], status: 64, "like report.html")
  }

  @Test func unreadablePathsAreRefused() async throws {
    try await refuse(["missing.h5", "--out", "r.html"], status: 1, "missing.h5: cannot read")
    try folder.write("no HDF5", to: "text.h5")
    try await refuse(["text.h5", "--out", "r.html"], status: 1, "text.h5: ")
    for (name, file, text, message) in [
      ("a", "experiment.json", "{", "a/experiment.json: is not JSON"),
      ("b", "summary.csv", "dataset,samples\n", "b/summary.csv: has no column \"method\""),
      ("c", "configuration.json", "{}", "c/configuration.json: is not a valid gpgen file: format_version is missing"),
    ] {
      try FileManager.default.createDirectory(atPath: folder(name), withIntermediateDirectories: false)
      try folder.write(text, to: "\(name)/\(file)")
      try await refuse([name, "--out", "r.html"], status: 1, message)
    }
    try await refuse(["--out", "r.html"], status: 64, "Missing expected argument '<paths> ...'")
  }
}
