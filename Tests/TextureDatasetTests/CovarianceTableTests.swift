import Documents
import Foundation
import GaussianField
import Testing

@testable import TextureDataset

/// The files that repeat the table of covariances: the recipe's schema and the page of the documentation.
///
/// `UPDATE_TABLES=1 swift test --filter CovarianceTableTests` writes them after the table has changed.
@Suite struct CovarianceTableTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
  private static let updates = ProcessInfo.processInfo.environment["UPDATE_TABLES"] != nil

  /// The file's text, or what it should be once it has been written.
  private static func text(of path: String, updated: (String) throws -> String) throws -> (
    found: String, expected: String
  ) {
    let file = root.appending(path: path)
    let found = try String(contentsOf: file, encoding: .utf8)
    let expected = try updated(found)
    if updates { try expected.write(to: file, atomically: true, encoding: .utf8) }
    return (updates ? expected : found, expected)
  }

  /// Replaces what stands between two lines, the lines excluded.
  private static func replacing(in text: String, after begin: String, before end: String, with block: String) throws
    -> String
  {
    let start = try #require(text.range(of: begin + "\n")).upperBound
    let stop = try #require(text.range(of: "\n" + end, range: start..<text.endIndex)).lowerBound
    return text[..<start] + block + text[stop...]
  }

  private static func quoted(_ text: String) -> String { CanonicalJSON.string(text).text }

  @Test func schemaHasTheFamilies() throws {
    let candidates = CovarianceFamily.all.map { family in
      let parameters = family.parameters.map { parameter in
        let (least, most) = (parameter.range.lowerBound.shortest, parameter.range.upperBound.shortest)
        return """
                      \(Self.quoted(parameter.name)): {
                        "description": \(Self.quoted(parameter.meaning)),
                        "type": "number", "minimum": \(least), "maximum": \(most)
                      }
          """
      }
      let required = [RecipeKey.covariance.rawValue] + family.parameters.map(\.name)
      return """
                {
                  "type": "object",
                  "description": \(Self.quoted("C(r) = \(family.formula); \(family.reference).")),
                  "additionalProperties": false,
                  "required": [\(required.map(Self.quoted).joined(separator: ", "))],
                  "properties": {
                    "covariance": { "const": \(Self.quoted(family.name)) },
        \(parameters.joined(separator: ",\n"))
                  }
                }
        """
    }
    let names = CovarianceFamily.all.map { Self.quoted($0.name) }.joined(separator: ", ")
    let (found, expected) = try Self.text(of: "schemas/recipe.schema.json") { text in
      let named = try Self.replacing(
        in: text, after: #"    "covariance": {"#, before: #"      "default": "squared_exponential""#,
        with: """
                "description": "The family of every candidate that length_scales gives; of each, $defs/candidate has the formula.",
                "enum": [\(names)],
          """)
      return try Self.replacing(
        in: named, after: #"      "oneOf": ["#, before: "      ]", with: candidates.joined(separator: ",\n"))
    }
    #expect(found == expected)
  }

  @Test func documentationHasTheFamilies() throws {
    let sections = CovarianceFamily.all.map { family in
      let parameters = family.parameters.map { parameter in
        "| `\(parameter.name)` | \(parameter.range.lowerBound.shortest) to \(parameter.range.upperBound.shortest) | \(parameter.meaning) |"
      }
      return """
        ## `\(family.name)`

            C(r) = \(family.formula)

        | parameter | range | meaning |
        |---|---|---|
        \(parameters.joined(separator: "\n"))

        Source: \(family.reference).
        """
    }
    let (found, expected) = try Self.text(of: "docs/covariances.md") { text in
      try Self.replacing(
        in: text, after: "<!-- The families, from the table in the sources. -->",
        before: "<!-- End of the families. -->",
        with: "\n" + sections.joined(separator: "\n\n") + "\n")
    }
    #expect(found == expected)
  }
}
