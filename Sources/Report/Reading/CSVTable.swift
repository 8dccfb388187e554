import Foundation

/// A table of comma-separated values with a header (RFC 4180), read strictly: what is not one is refused with its line.
struct CSVTable: Sendable {
  /// A row, with the line that it begins in.
  struct Row: Sendable {
    let line: Int
    let cells: [String]
  }

  /// The file's name, for messages.
  let file: String
  /// The names of the columns, none of them twice.
  let header: [String]
  /// As many cells each as the header has.
  let rows: [Row]

  /// - Throws: ``ReportError`` with code `.invalidFile`, whose message names file and line.
  init(_ bytes: [UInt8], file: String) throws(ReportError) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ReportError(.invalidFile, "\(file): is not text in UTF-8, expected comma-separated values")
    }
    var rows = try Self.rows(text, file)
    guard !rows.isEmpty else {
      throw ReportError(.invalidFile, "\(file): is empty, expected a header with the names of the columns")
    }
    let header = rows.removeFirst().cells
    guard Set(header).count == header.count, !header.contains("") else {
      throw ReportError(.invalidFile, "\(file):1: a column has no name, or two have the same")
    }
    for row in rows where row.cells.count != header.count {
      throw ReportError(
        .invalidFile, "\(file):\(row.line): has \(row.cells.count) cells, expected \(header.count) as the header has")
    }
    (self.file, self.header, self.rows) = (file, header, rows)
  }

  private static func rows(_ text: String, _ file: String) throws(ReportError) -> [Row] {
    var (rows, cells, cell): ([Row], [String], String) = ([], [], "")
    var (line, start) = (1, 1)
    var (isQuoted, wasQuoted) = (false, false)
    func refuse(_ what: String) -> ReportError { ReportError(.invalidFile, "\(file):\(line): \(what)") }
    func endCell() {
      cells.append(cell)
      (cell, wasQuoted) = ("", false)
    }
    func endRow() {
      endCell()
      rows.append(Row(line: start, cells: cells))
      cells = []
    }
    var scalars = text.unicodeScalars.makeIterator()
    var next = scalars.next()
    if next == "\u{FEFF}" { next = scalars.next() }
    while let scalar = next {
      next = scalars.next()
      if isQuoted {
        if scalar == "\"", next == "\"" {
          cell += "\""
          next = scalars.next()
        } else if scalar == "\"" {
          (isQuoted, wasQuoted) = (false, true)
        } else {
          if scalar == "\n" { line += 1 }
          cell.unicodeScalars.append(scalar)
        }
        continue
      }
      switch scalar {
      case ",": endCell()
      case "\r" where next == "\n": break
      case "\n":
        line += 1
        // An empty line is no row.
        if cells.isEmpty, cell.isEmpty, !wasQuoted {} else { endRow() }
        start = line
      case "\"" where cell.isEmpty && !wasQuoted: isQuoted = true
      default:
        guard !wasQuoted, scalar != "\"", scalar != "\r" else { throw refuse("a quote stands where none may be") }
        cell.unicodeScalars.append(scalar)
      }
    }
    guard !isQuoted else { throw refuse("a quoted cell has no end") }
    if !cells.isEmpty || !cell.isEmpty || wasQuoted { endRow() }
    return rows
  }

  /// The place of a column; nil where there is none.
  func column(_ name: String) -> Int? { header.firstIndex(of: name) }

  /// A cell; empty where the table has no such column.
  func text(_ row: Row, _ name: String) -> String { column(name).map { row.cells[$0] } ?? "" }

  /// A number; nil where the cell is empty.
  ///
  /// - Throws: ``ReportError`` with code `.invalidFile` where it is anything else than a finite number.
  func number(_ row: Row, _ name: String) throws(ReportError) -> Double? {
    let text = text(row, name)
    guard !text.isEmpty else { return nil }
    guard let number = Double(text), number.isFinite else {
      throw ReportError(
        .invalidFile, "\(file):\(row.line): `\(name)`: found \"\(shortened(text, to: 40))\", expected a number")
    }
    return number
  }
}
