import Foundation
import GaussianField
import Testing

@testable import TextureDataset

/// `schemas/shard.md` is a promise to other programs, so its tables must match ``ShardSchema``.
@Suite struct ShardSchemaTests {
  private struct Entry: Equatable {
    let types: Set<String>
    let axes: [String]
  }

  /// The cells of the table below a heading of the page, row by row.
  private static func table(_ heading: String) throws -> [[String]] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../schemas/shard.md")
    let page = try String(contentsOf: file, encoding: .utf8)
    let section = try #require(page.components(separatedBy: "\n## ").first { $0.hasPrefix(heading + "\n") })
    let rows = section.split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2)
    return rows.map { row in
      row.dropFirst().dropLast().split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  /// The names between backticks.
  private static func names(_ cell: String) -> [String] { cell.matches(of: /`(\w+)`/).map { String($0.1) } }

  @Test func datasetsMatchTheDocumentation() throws {
    var page: [String: Entry] = [:]
    for cells in try Self.table("Datasets") {
      let types = Set(cells[1].components(separatedBy: " or ").map { String($0.prefix { $0.isLetter || $0.isNumber }) })
      // "(sample, y, x) = (m, n, n)"; "(y), (x)" in a row for two.
      let shapes = cells[2].components(separatedBy: " = ")[0].matches(of: /\(([\w, ]+)\)/)
      let names = Self.names(cells[0])
      try #require(names.count == shapes.count && !names.isEmpty)
      for (name, shape) in zip(names, shapes) {
        page[name] = Entry(types: types, axes: shape.1.components(separatedBy: ", "))
      }
    }
    var code: [String: Entry] = [:]
    for dtype in Recipe.DType.allCases {
      for entry in ShardSchema(try .small(dtype: dtype), samples: 0..<10).datasets {
        code[entry.name] = Entry(
          types: (code[entry.name]?.types ?? []).union(["\(entry.type)"]), axes: entry.axes.map(\.name))
      }
    }
    #expect(code == page)
  }

  @Test func attributesMatchTheDocumentation() throws {
    let rows = try Self.table("Attributes of the root")
    let page = rows.map { "\(Self.names($0[0])[0]): \($0[1].prefix { $0 != " " })\($0[1].contains("(") ? "s" : "")" }
    let embedding = try #require(
      Embedding(stored: [32, 32], negativeFraction: 0, negativeCount: 0, for: .square(side: 16)))
    let shard = ShardSchema.attributes(of: try .small(), shardCount: 3, shard: 2, embedding: embedding)
    #expect(shard.map { "\($0.name): \(Self.type(of: $0.value))" } == page)
    let index = ShardSchema.attributes(of: try .small(), shardCount: 3, shard: nil, embedding: embedding)
    let ofShards = Set(rows.filter { $0[2].contains("shards only") }.flatMap { Self.names($0[0]) })
    #expect(index.map(\.name) == shard.map(\.name).filter { !ofShards.contains($0) })
  }

  private static func type(of value: ShardSchema.AttributeValue) -> String {
    switch value {
    case .integer: "int64"
    case .integers: "int64s"
    case .double: "float64"
    case .unsigned: "uint64"
    case .doubles: "float64s"
    case .string: "string"
    case .strings: "strings"
    }
  }

  /// More rows than fit into a piece, of a shard that is not the first.
  @Test func numbersFollowTheClassesAcrossPieces() throws {
    let recipe = try Recipe.small(lengthScales: [[1, 1.5], [2, 2.5, 3]], samples: 1 << 19)
    let samples = 100_001..<recipe.samples
    let schema = ShardSchema(recipe, samples: samples)
    var (rows, pieces) = (0, 0)
    var labels: [Int64] = []
    try schema.label.forEachPiece { piece, bytes throws(DatasetError) in
      #expect(piece.lowerBound == rows && bytes.count == 8 * piece.count && bytes.count <= 1 << 20)
      rows = piece.upperBound
      pieces += 1
      labels += bytes.bindMemory(to: Int64.self)
    }
    #expect(rows == samples.count && pieces == 4)
    #expect(labels == samples.map { Int64($0 % 6) })
    try schema.image.forEachPiece { _, _ throws(DatasetError) in Issue.record("pixels are not made here") }
  }
}
