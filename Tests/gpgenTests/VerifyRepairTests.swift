import Foundation
import Testing

/// `gpgen verify` and `gpgen repair`.
@Suite struct VerifyRepairTests {
  private let folder: ProgramFolder

  init() throws { folder = try ProgramFolder() }

  private func make(_ arguments: String...) async throws {
    let outcome = try await folder.gpgen(
      ["--size", "64", "--samples", "20", "--out", "data.h5", "--quiet"] + arguments)
    try #require(outcome.status == 0)
  }

  private func flip(_ name: String, at offset: Int) throws {
    let file = try FileHandle(forUpdating: URL(filePath: folder(name)))
    defer { try? file.close() }
    try file.seek(toOffset: UInt64(offset))
    let byte = try #require(try file.read(upToCount: 1)?.first)
    try file.seek(toOffset: UInt64(offset))
    try file.write(contentsOf: Data([byte ^ 0x10]))
  }

  /// Flips a bit in the middle of the file, which is among the pixels.
  private func flipPixel(_ name: String) throws { try flip(name, at: try folder.data(name).count / 2) }

  @Test func intactDatasetPasses() async throws {
    try await make("--shards", "3")
    for data in ["data.h5", "."] {
      let outcome = try await folder.gpgen("verify", data, "--regenerate", "3", "--threads", "2")
      #expect(outcome.status == 0 && outcome.errors == "")
      #expect(
        outcome.output
          == "regenerated: 3 samples, 3 with the same bits\n\(data): intact; 4 files, 20 of 20 checksums match\n")
    }
    let quiet = try await folder.gpgen("verify", "data.h5", "--quiet")
    #expect(quiet.status == 0 && quiet.output == "" && quiet.errors == "")
    let repaired = try await folder.gpgen("repair", "data.h5")
    #expect(repaired.status == 0 && repaired.output == "data.h5: intact; nothing to repair\n")
  }

  @Test func damageIsNamedAndRepaired() async throws {
    try await make()
    let fresh = try folder.files
    try flipPixel("data.h5")
    let found = try await folder.gpgen("verify", "data.h5")
    #expect(found.status == 1 && found.errors == "")
    #expect(
      found.output.firstMatch(
        of: #/^bad sample \d+ in shard 0, data.h5: the pixels do not match their checksum\ndata.h5: damaged/#)
        != nil)
    #expect(try await folder.gpgen("verify", "data.h5", "--quiet").status == 1)
    let json = try await folder.gpgen("verify", "data.h5", "--json")
    #expect(json.status == 1)
    let verdict = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(verdict["ok"] as? Bool == false && (verdict["bad_samples"] as? [Any])?.count == 1)

    let repaired = try await folder.gpgen("repair", "data.h5")
    #expect(repaired.status == 0 && repaired.errors == "")
    #expect(repaired.output == "data.h5: repaired; 1 sample regenerated\n")
    #expect(try folder.files == fresh)
    #expect(try await folder.gpgen("verify", "data.h5").status == 0)
  }

  @Test func truncatedFileIsRepairedWithoutARecipe() async throws {
    try await make()
    let fresh = try folder.files
    for length in [20_000, fresh["data.h5"]!.count / 2, fresh["data.h5"]!.count - 1] {
      try fresh["data.h5"]!.prefix(length).write(to: URL(filePath: folder("data.h5")))
      #expect(try await folder.gpgen("verify", "data.h5").status == 1)
      let repaired = try await folder.gpgen("repair", "data.h5")
      #expect(repaired.status == 0, "\(length) bytes: \(repaired.errors)")
      #expect(try folder.files == fresh)
    }
  }

  @Test func lostRecipeMustBeGiven() async throws {
    try await make()
    let fresh = try folder.files
    let hash = try #require(fresh["data.h5"]!.range(of: Data("\"samples\":20".utf8)))
    try flip("data.h5", at: hash.upperBound - 1)
    #expect(try await folder.gpgen("verify", "data.h5").status == 1)
    let refused = try await folder.gpgen("repair", "data.h5")
    #expect(refused.status == 1 && refused.errors.contains("give it with --recipe"))
    let recipe = try await folder.gpgen("recipe", "--size", "64", "--samples", "20")
    try folder.write(recipe.output, to: "recipe.yaml")
    let repaired = try await folder.gpgen("repair", "data.h5", "--recipe", "recipe.yaml")
    #expect(repaired.status == 0 && repaired.output == "data.h5: repaired; rebuilt data.h5\n")
    #expect(try folder.data("data.h5") == fresh["data.h5"])
  }

  @Test func missingShardAndIndexAreRegenerated() async throws {
    try await make("--shards", "3")
    let fresh = try folder.files
    for name in ["data.h5", "data-00001-of-00003.h5"] { try FileManager.default.removeItem(atPath: folder(name)) }
    let found = try await folder.gpgen("verify", "data.h5")
    #expect(found.status == 1)
    #expect(found.output.hasPrefix("missing: data-00001-of-00003.h5: does not exist\nmissing: data.h5: "))
    let repaired = try await folder.gpgen("repair", ".", "--quiet")
    #expect(repaired.status == 0 && repaired.output == "" && repaired.errors == "")
    #expect(try folder.files == fresh)
  }

  @Test(arguments: [
    ["verify"], ["verify", "data.h5", "--threads", "0"], ["verify", "data.h5", "--json", "--quiet"],
    ["verify", "data.h5", "--regenerate", "-1"], ["repair"], ["repair", "data.h5", "--threads", "x"],
  ])
  func wrongOptionsAreRefused(arguments: [String]) async throws {
    let outcome = try await folder.gpgen(arguments)
    #expect(outcome.status == 64 && outcome.output == "" && outcome.errors.contains("Usage: gpgen \(arguments[0])"))
  }

  @Test(arguments: ["verify", "repair"]) func missingFileIsAnError(command: String) async throws {
    let outcome = try await folder.gpgen(command, "missing.h5")
    #expect(outcome.status == 1 && outcome.output == "")
    #expect(outcome.errors == "Error: missing.h5: cannot read: No such file or directory\n")
    try folder.write("once", to: "text.h5")
    #expect(try await folder.gpgen(command, "text.h5").status == 1)
    #expect(try folder.data("text.h5") == Data("once".utf8))
  }

  private static let launcher = ["/usr/bin/env", "--default-signal=INT,TERM,HUP"]

  @Test(
    .enabled(
      if: ProgramFolder.works(["/usr/bin/env", "--default-signal=INT", "true"]),
      "needs GNU env, to restore default signal handling"))
  func interruptedRepairIsFinishedByTheNext() async throws {
    let arguments =
      (0..<8).flatMap { _ in ["--length-scales", "1,2"] } + [
        "--size", "128", "--samples", "320", "--dtype", "float16", "--shards", "2", "--out", "data.h5", "--quiet",
      ]
    #expect(try await folder.gpgen(arguments).status == 0)
    let fresh = try folder.files
    let (shard, partial) = (folder("data-00001-of-00002.h5"), folder("data-00001-of-00002.h5.partial"))
    try FileManager.default.removeItem(atPath: shard)
    let words = Self.launcher + [ProgramFolder.executable, "repair", "data.h5", "--threads", "1"]
    let stopped = try await folder.run(words, signal: SIGTERM) {
      var status = stat()
      return stat(partial, &status) == 0 && Int(status.st_blocks) * 512 > 300_000
    }
    #expect(stopped.status == 128 + SIGTERM)
    #expect(stopped.errors == "Stopped. Completed repairs are kept; run the same command to repair the rest.\n")
    let found = try await folder.gpgen("verify", "data.h5")
    #expect(found.status == 1 && found.output.hasPrefix("unfinished: data-00001-of-00002.h5: is unfinished"))
    #expect(try await folder.gpgen("repair", "data.h5").status == 0)
    #expect(try folder.files == fresh)
  }
}
