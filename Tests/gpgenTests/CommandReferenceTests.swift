import ArgumentParser
import Foundation
import Testing

@testable import GpgenCommands

/// The pages in `docs/cli` and the help texts that they repeat.
///
/// `UPDATE_TABLES=1 swift test --filter CommandReferenceTests` writes the pages after a help text has changed.
@Suite struct CommandReferenceTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/cli")
  private static let updates = ProcessInfo.processInfo.environment["UPDATE_TABLES"] != nil

  private static var files: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".md") }.sorted()
    }
  }

  @Test func pagesAreUpToDate() throws {
    let pages = try CommandReference().pages
    if Self.updates {
      try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
      for file in try Self.files { try FileManager.default.removeItem(at: Self.folder.appending(path: file)) }
      for (file, text) in pages { try Data(text.utf8).write(to: Self.folder.appending(path: file)) }
    }
    #expect(try Self.files == pages.keys.sorted(), "\(Self.advice)")
    for (file, text) in pages {
      let found = try? String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
      #expect(found == text, "docs/cli/\(file) is out of date; \(Self.advice)")
    }
  }

  private static let advice = "run `UPDATE_TABLES=1 swift test --filter CommandReferenceTests`"

  @Test func hiddenOptionsAreInNoPage() throws {
    let pages = try CommandReference().pages
    #expect(pages["train.md"]?.contains("--learning-rate, --lr <rate>") == true)
    #expect(!pages.values.contains { $0.contains("--rate ") })
    #expect(pages["help.md"] == nil)
  }

  /// All commands with the words that call them.
  private static func commands(
    below root: any ParsableCommand.Type = Gpgen.self, _ words: [String] = []
  ) -> [(words: [String], type: any ParsableCommand.Type)] {
    [(words, root)]
      + root.configuration.subcommands.flatMap { commands(below: $0, words + [$0.configuration.commandName ?? ""]) }
  }

  @Test func helpFitsATerminal() {
    for (words, type) in Self.commands() {
      let help = Gpgen.helpMessage(for: type, columns: 80)
      // ArgumentParser does not wrap the usage.
      for line in help.split(separator: "\n") where line.count > 80 && !line.hasPrefix("USAGE: ") {
        Issue.record("gpgen \(words.joined(separator: " ")) --help: \(line)")
      }
    }
  }

  /// Abstracts and the help of options are sentences, with their default at the end.
  @Test func helpTextsEndAlike() throws {
    let pages = try CommandReference().pages
    let lines = pages.values.flatMap { $0.split(separator: "\n") }.filter { $0.hasPrefix("- ") }
    #expect(lines.count > 200)
    for line in lines {
      #expect(line.contains(#/^- (?:\[`.*`\]\(.*\)(?: \(default\))?|`.*?`): [A-Z].*[^.]\.$/#), "\(line)")
    }
  }

  /// Examples are command lines without quotes; what follows a redirection or a comment is the shell's.
  @Test func examplesParse() throws {
    var count = 0
    for (file, text) in try CommandReference().pages {
      for line in text.split(separator: "\n") where line.hasPrefix("gpgen ") && !line.contains("<") {
        let words = line.split(separator: " ").map(String.init).dropFirst().prefix { ![">", "|", "#"].contains($0) }
        #expect(throws: Never.self, "\(file): \(line)") { _ = try Gpgen.parseAsRoot(Array(words)) }
        count += 1
      }
    }
    #expect(count > 20)
  }

  @Test func everyCommandIsInOneGroup() {
    let names = Gpgen.configuration.subcommands.map { $0.configuration.commandName }
    #expect(Gpgen.configuration.ungroupedSubcommands.isEmpty && Set(names).count == names.count)
  }

  @Test func optionsWithoutACommandAreThoseOfGenerate() throws {
    let command = try Gpgen.parseAsRoot([
      "--scales", "2", "--seed", "7", "--out", "data.h5", "--task-index", "1", "--task-count", "2",
    ])
    let generate = try #require(command as? GenerateCommand)
    #expect(generate.output.out == "data.h5" && generate.recipeOptions.seed == 7 && generate.taskOptions.taskIndex == 1)
  }
}
