import Documents
import Foundation
import GaussianField
import Testing

@testable import TextureDataset

/// The files that repeat the table of covariances: the recipe's schema and the documentation.
///
/// `UPDATE_TABLES=1 swift test --filter CovarianceTableTests` updates them after the table has changed.
@Suite struct CovarianceTableTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
  private static let updates = ProcessInfo.processInfo.environment["UPDATE_TABLES"] != nil

  /// The file's text, and the expected text.
  private static func text(of path: String, updated: (String) throws -> String) throws -> (
    found: String, expected: String
  ) {
    let file = root.appending(path: path)
    let found = try String(contentsOf: file, encoding: .utf8)
    let expected = try updated(found)
    if updates { try expected.write(to: file, atomically: true, encoding: .utf8) }
    return (updates ? expected : found, expected)
  }

  /// Replaces the text between two lines.
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
      let parameters = family.parameters + CovarianceFamily.anisotropy(dimensions: 3)
      var properties = parameters.map { parameter in
        let range = parameter.range
        let minimum = range.includesLowerBound ? "minimum" : "exclusiveMinimum"
        let bounds = "\"\(minimum)\": \(range.lowerBound.shortest), \"maximum\": \(range.upperBound.shortest)"
        let number = ##""type": ["number", "object"], \##(bounds), "$ref": "#/$defs/range""##
        return """
                      \(Self.quoted(parameter.name)): {
                        "description": \(Self.quoted(parameter.meaning)),
                        \(parameter.isSwitch ? #""enum": [0, 1]"# : number)
                      }
          """
      }
      if family.hasTable {
        properties.append(
          """
                      "table": {
                        "description": "Rows of k, in radians per pixel and ascending, and P(k).",
                        "type": "array", "minItems": \(SpectrumTable.rowCounts.lowerBound), "maxItems": \(SpectrumTable.rowCounts.upperBound),
                        "items": { "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": "number", "minimum": 0 } }
                      },
                      "file": {
                        "description": "A file with two columns, k and P(k), instead of table; its path is relative to the recipe's folder. A dataset stores the table.",
                        "type": "string", "minLength": 1
                      }
          """)
      }
      let required =
        [RecipeKey.covariance.rawValue] + family.parameters.filter { $0.defaultValue == nil }.map(\.name)
      let source = family.hasTable ? #""oneOf": [{ "required": ["table"] }, { "required": ["file"] }],"# : nil
      return """
                {
                  "type": "object",
                  "description": \(Self.quoted("C(r) = \(family.formula); \(family.reference).")),
                  "additionalProperties": false,
                  "required": [\(required.map(Self.quoted).joined(separator: ", "))],\(source.map { "\n          " + $0 } ?? "")
                  "properties": {
                    "covariance": { "const": \(Self.quoted(family.name)) },
        \(properties.joined(separator: ",\n"))
                  }
                }
        """
    }
    let (found, expected) = try Self.text(of: "schemas/recipe.schema.json") { text in
      let named = try Self.replacing(
        in: text, after: #"    "covariance": {"#, before: #"      "default": "squared_exponential""#,
        with: """
                "description": "The families of the candidates in length_scales, with their other parameters: one for all scales, or a list with one for each. $defs/candidate has the formulas. A dataset stores only the name of a family without other parameters.",
                "$comment": "The names are \(CovarianceFamily.all.map(\.name).joined(separator: ", ")).",
                "anyOf": [
                  { "type": "string", "pattern": "^(\(CovarianceFamily.all.map(\.name).joined(separator: "|")))(:.+)?$" },
                  { "type": "array", "minItems": 1, "maxItems": 8, "items": { "type": "string" } }
                ],
          """)
      return try Self.replacing(
        in: named, after: #""description": "One covariance at a distance of r pixels; l is length_scale.","#,
        before: "    }",
        with: """
                "oneOf": [
          \(candidates.joined(separator: ",\n"))
                ]
          """)
    }
    #expect(found == expected)
  }

  @Test func documentationHasTheFamilies() throws {
    let sections = CovarianceFamily.all.map { family in
      let parameters = family.parameters.map { parameter in
        "| `\(parameter.name)` | \(parameter.range) | \(parameter.meaning) |"
      }
      return """
        ## `\(family.name)`

            C(r) = \(family.formula)
            S(k) = \(family.spectralDensity ?? "the transform of C; gpgen uses no closed form")

        | parameter | range | meaning |
        |---|---|---|
        \(parameters.joined(separator: "\n"))

        \(family.workedExample.map { "A worked number: \($0.text).\n\n" } ?? "")Source: \(family.reference).
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

/// The table as JSON.
@Suite struct CovarianceJSONTests {
  @Test func tableHasEveryFamilyWithItsParameters() throws {
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(CovarianceTable().json.utf8)) as? [[String: Any]])
    #expect(json.map { $0["name"] as? String } == CovarianceFamily.all.map(\.name))
    let anisotropy = CovarianceFamily.anisotropy(dimensions: 3).map(\.name)
    for (entry, family) in zip(json, CovarianceFamily.all) {
      let parameters = try #require(entry["parameters"] as? [[String: Any]])
      #expect(parameters.map { $0["name"] as? String } == family.parameters.map(\.name) + anisotropy)
      #expect(entry["formula"] as? String == family.formula)
      #expect(entry["spectral_density"] as? String == family.spectralDensity)
      #expect((entry["worked_example"] as? [String: Any])?["value"] as? Double == family.workedExample?.value)
    }
    let matern = try #require(json[1]["parameters"] as? [[String: Any]])
    #expect(matern[1]["exclusive_minimum"] as? Double == 0 && matern[1]["minimum"] == nil)
    #expect(matern[1]["default"] == nil && matern[2]["default"] as? Double == 1)
  }

  /// Unknown keys would fail validation against the schema.
  @Test func keysMatchTheSchema() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../schemas/covariances.schema.json")
    let schema = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    let items = try #require(schema["items"] as? [String: Any])
    let properties = try #require(items["properties"] as? [String: Any])
    let required = try #require(items["required"] as? [String])
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(CovarianceTable().json.utf8)) as? [[String: Any]])
    for family in json {
      #expect(Set(family.keys).isSubset(of: properties.keys) && Set(required).isSubset(of: family.keys))
    }
  }
}
