import Foundation
import Testing

/// Progress reports, on a terminal and elsewhere.
@Suite struct ProgressTests {
  private let folder: ProgramFolder
  private let arguments = [
    "--size", "64", "--length-scales", "4,5", "--length-scales", "10,14", "--samples", "20", "--out", "data.h5",
  ]

  init() throws { folder = try ProgramFolder() }

  @Test func withoutATerminalOnlyTheSummaryIsPrinted() async throws {
    let outcome = try await folder.gpgen(arguments)
    #expect(outcome.status == 0 && outcome.errors == "")
    #expect(outcome.output.hasPrefix("data.h5: 20 samples of 64 x 64, 4 classes; "))
    #expect(!outcome.output.contains("\r") && !outcome.output.contains("\u{1B}"))
  }

  /// `script` of util-linux runs a command on a pseudo-terminal and prints its output.
  private static let terminal = ["/usr/bin/script", "--quiet", "--return", "--command"]
  private static let hasTerminal = ProgramFolder.works(terminal + ["test -t 2", "/dev/null"])

  private func onTerminal(_ arguments: [String]) async throws -> ProgramFolder.Outcome {
    let command = ([ProgramFolder.executable] + arguments).map { "'\($0)'" }.joined(separator: " ")
    return try await folder.run(Self.terminal + [command, "/dev/null"])
  }

  @Test(.enabled(if: hasTerminal, "needs util-linux's script"))
  func progressLineOnATerminalIsUpdatedAndRemoved() async throws {
    let outcome = try await onTerminal(arguments)
    #expect(outcome.status == 0)
    let lines = outcome.output.components(separatedBy: "\r\n")
    #expect(lines.count == 2 && lines[1] == "")
    let shown = lines[0].components(separatedBy: "\r")
    #expect(shown.count >= 3)
    #expect(shown.first == "")
    #expect(shown.dropFirst().dropLast().contains { $0.contains(" of 20 samples") })
    #expect(
      shown.last?.hasPrefix("\u{1B}[Kdata.h5: 20 samples of 64 x 64, 4 classes; ") == true,
      "the progress line is removed first")
  }

  @Test(.enabled(if: hasTerminal, "needs util-linux's script"))
  func quietPrintsNothingOnATerminal() async throws {
    let outcome = try await onTerminal(arguments + ["--quiet"])
    #expect(outcome.status == 0 && outcome.output == "")
    #expect(try folder.names == ["data.h5"])
  }

  /// A closed terminal or a full disk behind standard error is no reason to stop.
  @Test(arguments: ["2>/dev/full", "2>&-"])
  func unwritableStandardErrorDoesNotStopTheWork(redirection: String) async throws {
    let shell = ["/bin/sh", "-c", "exec \"$@\" \(redirection)", "sh"]
    let outcome = try await folder.run(shell + [ProgramFolder.executable, "--length-scales", "4"] + arguments)
    #expect(outcome.status == 0)
    #expect(try folder.names == ["data.h5"])
  }
}
