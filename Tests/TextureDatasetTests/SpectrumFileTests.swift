import Foundation
import GaussianField
import Testing

@testable import TextureDataset

/// Tables of spectral densities in files beside a recipe.
@Suite struct SpectrumFileTests {
  private static let rows = [(0.1, 100.0), (0.2, 25), (0.4, 6.25), (0.8, 1.5), (1.6, 0.4), (3.2, 0.1), (4.5, 0.05)]

  private static func table() throws -> SpectrumTable {
    try SpectrumTable(rows.map { .init(waveNumber: $0.0, density: $0.1) })
  }

  private static func text(_ separator: String) -> String {
    rows.map { "\($0.0)\(separator)\($0.1)" }.joined(separator: "\n")
  }

  @Test(arguments: [
    text(","), text(" "), text("\t"), text(" , "), "k,P\n" + text(","), "# k P\n\n" + text("  ") + "   # the last\n\n",
    "\u{feff}k P(k) [px^2]\n" + text(" "), text(",").replacingOccurrences(of: "\n", with: "\r\n"),
    text(",").replacingOccurrences(of: "100.0", with: "+1.0e2"),
  ])
  func tablesAreRead(text: String) throws {
    #expect(try SpectrumFile.table(text, file: "spectrum.csv") == Self.table())
  }

  @Test(arguments: [
    ("", "a.csv: found 0 rows, expected 2 to 1000"),
    ("k,P\n", "a.csv: found 0 rows"),
    ("k,P\n0.1,1\n", "a.csv: found 1 row, expected 2 to 1000"),
    ("k,P\nk,P\n0.1,1\n0.2,1", "a.csv:2: found \"k\", expected a number"),
    ("0.1,1\n0.2,one", "a.csv:2: found \"one\", expected a number"),
    ("0.1,1\n0.2,nan", "a.csv:2: found \"nan\", expected a number"),
    ("0.1,1\n0.2,1e999", "a.csv:2: found \"1e999\", expected a number"),
    ("0.1,1\n0.2,0x10", "a.csv:2: found \"0x10\", expected a number"),
    ("0.1,1\n0.2,", "a.csv:2: found \"\", expected a number"),
    ("0.1,1,0.5\n0.2,1,0.5", "a.csv:1: found 3 columns, expected two: k in radians per pixel and P(k)"),
    ("0.1\n0.2", "a.csv:1: found 1 column, expected two"),
    ("# k P\n0.2 1\n\n0.1 1", "a.csv:4: found k = 0.1 after 0.2, expected ascending k; sort the rows"),
    ("0.1 1\n0.3 1", "a.csv:2: found k = 0.3 after 0.1, expected at most twice the previous k; add rows between"),
    ("0 1\n0.3 1", "a.csv:1: found k = 0, expected a finite number over 0"),
    ("0.1 1\n0.2 -1", "a.csv:2: found P = -1, expected a finite number of at least 0"),
    ("0.1 0\n0.2 0", "a.csv: found P = 0 in every row"),
    (
      (1...1001).map { "\($0) 1" }.joined(separator: "\n"), "a.csv: found 1001 rows, expected 2 to 1000; leave some out"
    ),
  ])
  func invalidTableIsRefusedWithItsLine(text: String, message: String) {
    let error = #expect(throws: DatasetError.self) { try SpectrumFile.table(text, file: "a.csv") }
    #expect(error?.code == .invalidRecipe)
    #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
  }

  @Test func recipesContainTheTableOfTheFile() throws {
    let folder = try DatasetFolder()
    try folder.write(Self.text(","), to: "spectrum.csv")
    let rows = Self.rows.map { "[\($0.0), \($0.1)]" }.joined(separator: ", ")
    let inline = try Recipe(yaml: "side: 32\ncandidates: [[{covariance: tabulated, table: [\(rows)]}]]", file: "a.yaml")
    let fromFile = try Recipe(
      yaml: "side: 32\ncandidates: [[{covariance: tabulated, file: spectrum.csv}]]", file: "b.yaml", folder: folder.path
    )
    let template = try RecipeDocument(
      side: 32, covariance: [CovarianceTemplate("tabulated:file=\(folder("spectrum.csv"))")]
    ).recipe()
    #expect(fromFile == inline && template == inline)
    #expect(fromFile.canonicalJSON == inline.canonicalJSON)
    #expect(!fromFile.canonicalJSON.contains("spectrum") && !fromFile.yaml.contains("spectrum"))
    // The file is no longer needed.
    try folder.remove("spectrum.csv")
    #expect(try Recipe(yaml: fromFile.yaml, file: "c.yaml") == inline)
    #expect(try Recipe(canonicalJSON: fromFile.canonicalJSON) == inline)
  }

  @Test func unreadableFilesAreNamed() throws {
    let folder = try DatasetFolder()
    try folder.write("0.1 1\n0.2 x", to: "bad.csv")
    try folder.write(String(repeating: "#\n", count: 1 << 19) + "0.1 1\n0.2 1", to: "large.csv")
    for (candidate, message) in [
      ("file: none.csv", "r.yaml:2: `candidates`: \(folder("none.csv")): cannot read the table: No such file"),
      ("file: bad.csv", "r.yaml:2: `candidates`: \(folder("bad.csv")):2: found \"x\", expected a number"),
      ("file: large.csv", "large.csv: found over 1048576 bytes, expected a table of at most 1000 rows"),
      ("file: \(folder.path)", "cannot read the table"),
      ("file: [1]", "r.yaml:2: `candidates`: found a list, expected the name of a file"),
      ("table: [[1, 1], [2, 1]], file: bad.csv", "expected only one of the two"),
    ] {
      let error = #expect(throws: DatasetError.self) {
        try Recipe(
          yaml: "side: 32\ncandidates: [[{covariance: tabulated, \(candidate)}]]", file: "r.yaml", folder: folder.path)
      }
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
  }

  @Test func overlongRecipesAreRefused() throws {
    let rows = (0..<1000).map { SpectrumTable.Row(waveNumber: 0.05 * pow(1.0051234, Double($0)), density: 1 / 3.0) }
    let candidates = try [0.0, 1].map {
      try CovarianceModel(family: Tabulated.family, ["normalize": $0], table: SpectrumTable(rows))
    }
    _ = try RecipeDocument(side: 32, candidates: [[candidates[0]]]).recipe()
    let error = #expect(throws: DatasetError.self) { try RecipeDocument(side: 32, candidates: [candidates]).recipe() }
    #expect(error?.message.contains("bytes as JSON, expected at most 65536") == true, "\(error?.message ?? "")")
  }

  @Test func storedRecipesOpenNoFile() throws {
    let folder = try DatasetFolder()
    try folder.write(Self.text(","), to: "spectrum.csv")
    let path = folder("spectrum.csv")
    let rest =
      #""boundary":"periodic","dtype":"float32","samples":1,"seed":0,"side":32,"standardize":false,"weights":[1]"#
    for what in [
      #""candidates":[[{"covariance":"tabulated","file":"\#(path)"}]]"#, #""covariance":"tabulated:file=\#(path)""#,
    ] {
      let error = #expect(throws: DatasetError.self) { try Recipe(canonicalJSON: "{\(what),\(rest)}") }
      #expect(
        error?.message.contains("since a dataset stores its tables inline") == true, "\(error?.message ?? "")")
    }
  }

  @Test(arguments: [
    ("tabulated", "found tabulated without a table, expected one in a file, as in tabulated:file=spectrum.csv"),
    ("tabulated:file=/none.csv", "/none.csv: cannot read the table: No such file or directory"),
    ("matern:file=a.csv,nu=1", "found \"file=a.csv\", expected key=value with a number"),
  ])
  func invalidTemplateIsRefused(text: String, message: String) {
    let error = #expect(throws: DatasetError.self) { try CovarianceTemplate(text) }
    #expect(error?.message == "`covariance`: " + message || error?.message.contains(message) == true)
  }
}
