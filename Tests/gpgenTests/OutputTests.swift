import Foundation
import Testing

/// Rules for the output of all commands: missing folders are created, existing output is replaced only with `--force`,
/// and a refused command leaves no trace.
@Suite struct OutputTests {
  private let folder: ProgramFolder
  private static let small = ["--length-scales", "4,8", "--size", "32", "--samples", "8"]

  init() throws { folder = try ProgramFolder() }

  private func gpgen(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let outcome = try await folder.gpgen(arguments + ["--quiet"])
    #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
  }

  private func refuse(
    _ arguments: [String], status: Int32 = 1, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let before = try folder.files
    let outcome = try await folder.gpgen(arguments)
    #expect(outcome.status == status, sourceLocation: sourceLocation)
    #expect(outcome.errors.hasPrefix("Error: \(message)"), "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(try folder.files == before, sourceLocation: sourceLocation)
  }

  private func makeDatasetAndRun() async throws {
    try await gpgen(Self.small + ["--out", "data.h5"])
    try await gpgen(
      ["train", "data.h5", "--out", "a/run", "--epochs", "1", "--batch", "4", "--depth", "2", "--channels", "2"])
  }

  @Test func missingFoldersAreCreated() async throws {
    try await gpgen(Self.small + ["--out", "a/b/data.h5", "--shards", "2", "--previews", "c/previews"])
    try await makeDatasetAndRun()
    try await gpgen(["preview", "data.h5", "--out", "d/e"])
    try await gpgen(["predict", "a/run", "data.h5", "--out", "f/g/predictions.csv"])
    try await gpgen(["footprint", "a/run", "data.h5", "--out", "h/i/footprint.png"])
    try await gpgen(["report", "data.h5", "a/run", "--out", "j/k/report.html"])
    for file in [
      "a/b/data.h5", "a/b/data-00001-of-00002.h5", "c/previews/contact-sheet.png", "a/run/weights.safetensors",
      "d/e/contact-sheet.png", "f/g/predictions.csv", "h/i/footprint.png", "j/k/report.html",
    ] {
      #expect(try folder.files[file]?.isEmpty == false, "\(file)")
    }
  }

  @Test func existingOutputIsRefusedWithoutForce() async throws {
    try await makeDatasetAndRun()
    for arguments in [
      ["preview", "data.h5", "--out", "previews"], ["predict", "a/run", "data.h5", "--out", "p.csv"],
      ["footprint", "a/run", "data.h5", "--out", "f.png"], ["report", "a/run", "--out", "r.html"],
    ] {
      try await gpgen(arguments)
      let file = arguments[0] == "preview" ? "previews/class-00_4.png" : arguments.last ?? ""
      try await refuse(arguments, "\(file): exists; use --force to replace it, or choose another ")
      try folder.write("old", to: file)
      try await gpgen(arguments + ["--force"])
      #expect(try folder.text(file) != "old")
    }
    let generate = Self.small + ["--out", "more.h5", "--previews", "previews"]
    try await refuse(generate, "previews/class-00_4.png: exists; use --force to replace it, or choose another folder")
    try await gpgen(generate + ["--resume"])
    try await gpgen(generate + ["--force"])
  }

  @Test func refusedCommandRemovesTheFoldersItCreated() async throws {
    try await makeDatasetAndRun()
    try await refuse(
      ["--length-scales", "4000,5000", "--size", "32768", "--samples", "100000000", "--out", "new/data.h5"],
      "new/data.h5: needs ")
    try await refuse(["preview", "none.h5", "--out", "new/previews"], "none.h5: ")
    try await refuse(["predict", "a/run", "none.h5", "--out", "new/p.csv"], "none.h5: ")
    try await refuse(["footprint", "a/run", "data.h5", "--sample", "8", "--out", "new/f.png"], "there is no sample 8")
    try await refuse(["train", "data.h5", "--out", "new/run", "--batch", "9"], "")
    try await refuse(
      ["predict", "a/run", "data.h5", "--out", "data.h5/p.csv"],
      "data.h5/p.csv: data.h5 is a file, not a folder; choose another --out")
  }

  @Test(arguments: [
    (
      ["generate", "--out", "-"],
      "--out \"-\": expected a file's name, like data.h5; this output cannot go to standard output."
    ),
    (["generate", "--out", "d.h5", "--previews", "-"], "--previews \"-\": expected a folder's name, like previews/"),
    (["preview", "data.h5", "--out", "-"], "--out \"-\": expected a folder's name, like previews/"),
    (["train", "data.h5", "--out", "-"], "--out \"-\": expected a folder's name, like run/"),
    (["index", "-"], "the index \"-\": expected a file's name, like data.h5"),
    (["footprint", "run", "data.h5", "--out", "-"], "--out \"-\": expected a file's name, like footprint.png"),
    (
      ["footprint", "run", "data.h5", "--out", "x.jpg"],
      "--out x.jpg: expected a name that ends in .png, like footprint.png."
    ), (["predict", "run", "data.h5", "--out", "p/"], "--out \"p/\": expected a file's name, like predictions.csv"),
  ])
  func invalidOutputNameIsRefused(arguments: [String], message: String) async throws {
    try await refuse(arguments, status: 64, message)
  }

  @Test func dryRunFailsIfTheRunWouldBeRefused() async throws {
    let arguments = Self.small + ["--out", "new/data.h5"]
    let well = try await folder.gpgen(arguments + ["--dry-run"])
    #expect(well.status == 0 && well.output.hasPrefix("samples   8 of 32 x 32 pixels"))
    #expect(try folder.names.isEmpty)
    try await gpgen(arguments)
    let refused = try await folder.gpgen(arguments + ["--dry-run"])
    #expect(refused.status == 1)
    #expect(refused.output == well.output)
    #expect(
      refused.errors == "Error: new/data.h5: exists; use --force to replace it, or choose another --out\n")
  }
}
