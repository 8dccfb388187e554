import Foundation
import TextureDataset

/// A table of comma-separated values with a header (RFC 4180), parsed strictly: errors name the line.
struct CSVTable: Sendable {
  /// A row, with the number of its first line.
  struct Row: Sendable {
    let line: Int
    let cells: [String]
  }

  /// The file's name, for messages.
  let file: String
  /// The names of the columns, without duplicates.
  let header: [String]
  /// The rows, each with a cell for every column.
  let rows: [Row]

  /// Parses a file.
  ///
  /// - Throws: ``ReportError`` with code `.invalidFile`, whose message names the file and the line.
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
      throw ReportError(.invalidFile, "\(file):1: a column has no name, or two columns have the same name")
    }
    for row in rows where row.cells.count != header.count {
      throw ReportError(
        .invalidFile,
        "\(file):\(row.line): has \(counted(row.cells.count, "cell")), expected \(header.count) as in the header")
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
        // Empty lines are skipped.
        if cells.isEmpty, cell.isEmpty, !wasQuoted {} else { endRow() }
        start = line
      case "\"" where cell.isEmpty && !wasQuoted: isQuoted = true
      default:
        guard !wasQuoted, scalar != "\"", scalar != "\r" else { throw refuse("unexpected quote or carriage return") }
        cell.unicodeScalars.append(scalar)
      }
    }
    guard !isQuoted else { throw refuse("a quoted cell is not closed") }
    if !cells.isEmpty || !cell.isEmpty || wasQuoted { endRow() }
    return rows
  }

  /// The index of a column; nil if there is none.
  func column(_ name: String) -> Int? { header.firstIndex(of: name) }

  /// The text of a cell; empty if the table has no such column.
  func text(_ row: Row, _ name: String) -> String { column(name).map { row.cells[$0] } ?? "" }

  /// The number in a cell; nil if the cell is empty.
  ///
  /// - Throws: ``ReportError`` with code `.invalidFile` if the cell contains anything but a finite number.
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
