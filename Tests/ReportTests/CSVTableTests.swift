import Testing

@testable import Report

@Suite struct CSVTableTests {
  private func table(_ text: String) throws(ReportError) -> CSVTable {
    try CSVTable(Array(text.utf8), file: "t.csv")
  }

  @Test func quotesCommasAndLineEndsAreRead() throws {
    let table = try table("\u{FEFF}a,b\r\n\"x, \"\"y\"\"\",1\n\n\"two\nlines\",\n\"\",2")
    #expect(table.header == ["a", "b"])
    #expect(table.rows.map(\.cells) == [["x, \"y\"", "1"], ["two\nlines", ""], ["", "2"]])
    #expect(table.rows.map(\.line) == [2, 4, 6])
    #expect(try table.number(table.rows[0], "b") == 1)
    #expect(try table.number(table.rows[1], "b") == nil && table.text(table.rows[0], "c") == "")
  }

  @Test(arguments: [
    ("", "t.csv: is empty"), ("a,a\n", "t.csv:1: a column has no name, or two columns have the same name"),
    ("a,b\n1\n", "t.csv:2: has 1 cell, expected 2"), ("a,b\n1,2,3\n", "t.csv:2: has 3 cells, expected 2"),
    ("a,b\n\"x\ny\n", "t.csv:4: a quoted cell is not closed"),
    ("a,b\nx\"y,1\n", "t.csv:2: unexpected quote or carriage return"),
    ("a,b\n\"x\"y,1\n", "t.csv:2: unexpected quote or carriage return"),
    ("a,b\n1\r,2\n", "t.csv:2: unexpected quote or carriage return"),
  ])
  func invalidTextIsRefused(text: String, message: String) {
    let error = #expect(throws: ReportError.self) { try table(text) }
    #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: ["x", "nan", "inf", "1e999", "0x", " 1"]) func invalidNumbersAreRefused(text: String) throws {
    let table = try table("a\n\(text)\n")
    let error = #expect(throws: ReportError.self) { try table.number(table.rows[0], "a") }
    #expect(error?.message == "t.csv:2: `a`: found \"\(text)\", expected a number")
  }

  @Test func invalidUTF8IsRefused() {
    #expect(throws: ReportError.self) { try CSVTable([0x61, 0xFF, 0x0A], file: "t.csv") }
  }
}
