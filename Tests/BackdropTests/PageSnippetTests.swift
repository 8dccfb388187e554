import Foundation
import Testing

/// The Swift snippets of docs/ compile: each page's snippet is the body of the function with its name in
/// `PageSnippets.swift`.
@Suite struct PageSnippetTests {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
  private static let docs = tests.appending(path: "../../docs")

  private static func text(_ file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }

  /// The bodies of the functions, without their indentation.
  private static func bodies() throws -> [String: String] {
    var (bodies, name): ([String: String], String?) = ([:], nil)
    for line in try text(tests.appending(path: "PageSnippets.swift")).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      if line.hasPrefix("func ") {
        name = String(line.dropFirst(5).prefix { $0 != "(" })
      } else if line == "}" {
        name = nil
      } else if let name, line != "  _ = pixels" {
        bodies[name, default: ""] += line.dropFirst(2) + "\n"
      }
    }
    return bodies
  }

  /// The Swift snippets of a page, without imports and without comments that only a manifest needs.
  private static func snippets(_ page: String) -> [String] {
    page.components(separatedBy: "```swift\n").dropFirst().map { rest in
      let lines = rest.components(separatedBy: "\n```")[0].split(separator: "\n", omittingEmptySubsequences: false)
      let code = lines.drop { $0.hasPrefix("//") || $0.hasPrefix("import ") || $0.isEmpty }
      return code.joined(separator: "\n") + "\n"
    }
  }

  @Test func pagesHaveTheCompiledSnippets() throws {
    let bodies = try Self.bodies()
    #expect(Set(bodies.keys) == ["fields", "streaming", "training"])
    for (name, body) in bodies {
      #expect(Self.snippets(try Self.text(Self.docs.appending(path: "\(name).md"))) == [body], "docs/\(name).md")
    }
  }

  @Test func noOtherPageHasSwift() throws {
    let pages = try FileManager.default.contentsOfDirectory(atPath: Self.docs.path).filter { $0.hasSuffix(".md") }
    let withSwift = try pages.filter { !Self.snippets(try Self.text(Self.docs.appending(path: $0))).isEmpty }
    #expect(withSwift.sorted() == ["fields.md", "streaming.md", "training.md"])
    #expect(Self.snippets(try Self.text(Self.docs.appending(path: "../README.md"))).isEmpty)
  }

  @Test func fieldsSnippetRuns() throws { try fields() }
}
