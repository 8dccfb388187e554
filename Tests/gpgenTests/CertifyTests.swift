import Foundation
import Testing

/// `gpgen certify` as a user runs it.
@Suite struct CertifyTests {
  private let folder: ProgramFolder

  init() throws { folder = try ProgramFolder() }

  private func make(_ arguments: String...) async throws {
    let outcome = try await folder.gpgen(
      [
        "--size", "24", "--length-scales", "1.5,2", "--samples", "16", "--seed", "5", "--out", "data.h5", "--quiet",
      ] + arguments)
    try #require(outcome.status == 0)
  }

  @Test func goodDatasetPassesAndIsInspected() async throws {
    try await make("--shards", "2")
    let outcome = try await folder.gpgen("certify", "data.h5", "--threads", "2")
    #expect(outcome.status == 0 && outcome.errors == "")
    #expect(
      outcome.output.firstMatch(
        of: #/^PASSED: p = [0-9.]+: data\.h5: 16 samples of 24 x 24 are consistent with the recipe\n/#)
        != nil)
    #expect(outcome.output.contains("\n  length scale "))
    let json = try await folder.gpgen("certify", ".", "--json", "--threads", "1")
    #expect(json.status == 0)
    let stored = try folder.data("data.h5.certificate.json")
    #expect(json.output == String(decoding: stored, as: UTF8.self))
    #expect(try await folder.gpgen("inspect", "data.h5").output.contains("\ncertificate  passed, p = "))
    #expect(try await folder.gpgen("certify", "data.h5", "--quiet").output == "")
  }

  @Test func otherRecipeFails() async throws {
    try await make()
    let recipe = try await folder.gpgen("recipe", "--size", "24", "--length-scales", "1.5,2.2")
    try Data(recipe.output.utf8).write(to: URL(filePath: folder("recipe.yaml")))
    let outcome = try await folder.gpgen("certify", "data.h5", "--recipe", "recipe.yaml", "--no-write")
    #expect(outcome.status == 1 && outcome.errors == "")
    #expect(
      outcome.output.hasPrefix("FAILED: p = 0: data.h5: 16 samples of 24 x 24 are not consistent with the recipe\n"))
    #expect(try folder.files["data.h5.certificate.json"] == nil)
  }

  @Test func untestableDatasetExitsWith2() async throws {
    try await make("--standardize")
    let outcome = try await folder.gpgen("certify", "data.h5")
    #expect(
      outcome.status == 2 && outcome.output.hasPrefix("NOT TESTED: data.h5: the distribution of standardized textures"))
    #expect(try folder.files["data.h5.certificate.json"] == nil)
    for arguments in [
      ["missing.h5"], ["missing.npy", "--recipe", "missing.yaml"], ["data.h5", "--recipe", "missing.yaml"],
    ] {
      let outcome = try await folder.gpgen(["certify"] + arguments)
      #expect(outcome.status == 2 && outcome.output == "" && outcome.errors.hasPrefix("Error: "))
    }
    // A status of 1 would mean that the dataset failed the test.
    let shell = ["/bin/sh", "-c", "exec \"$@\" >/dev/full", "sh"]
    try await make("--force")
    let unprinted = try await folder.run(shell + [ProgramFolder.executable, "certify", "data.h5", "--no-write"])
    #expect(unprinted.status == 2 && unprinted.errors.contains("standard output: cannot write"))
    let usage = try await folder.gpgen("certify", "data.h5", "--dataset", "image")
    #expect(usage.status == 64)
  }
}
