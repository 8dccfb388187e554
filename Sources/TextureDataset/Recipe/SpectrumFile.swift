import Documents
import Foundation
import GaussianField

/// A text file with the table of a spectral density: two columns, k in radians per pixel and P(k), separated by a comma
/// or white space.
///
/// A first line without numbers names the columns. A # starts a comment, and empty lines are skipped.
enum SpectrumFile {
  /// The maximum size of a file, in bytes.
  static let maximumSize = 1 << 20

  /// Reads a table. Blocks.
  ///
  /// - Parameter path: of a file or a pipe.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`, naming the file and, if one is at fault, the line.
  static func read(_ path: String) throws(DatasetError) -> SpectrumTable {
    func refuse(_ problem: String) -> DatasetError { DatasetError(.invalidRecipe, "\(path): \(problem)") }
    let columns = "two columns, k in radians per pixel and P"
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw refuse("cannot read the table: \(String(cString: strerror(errno))); expected a file of \(columns)")
    }
    let data: Data
    do {
      // Limited, since a pipe may never end. An empty file reads as nil.
      data = try handle.read(upToCount: maximumSize + 1) ?? Data()
    } catch {
      throw refuse("cannot read the table; expected a file of \(columns)")
    }
    guard data.count <= maximumSize else {
      throw refuse(
        "found over \(maximumSize) bytes, expected a table of at most \(SpectrumTable.rowCounts.upperBound) rows")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw refuse("found data that is not UTF-8 text, expected \(columns)")
    }
    return try table(text, file: path)
  }

  /// Parses a table.
  ///
  /// - Parameter file: the file's name, for messages.
  static func table(_ text: String, file: String) throws(DatasetError) -> SpectrumTable {
    func refuse(line: Int? = nil, _ problem: String) -> DatasetError {
      DatasetError(.invalidRecipe, "\(file)\(line.map { ":\($0)" } ?? ""): \(problem)")
    }
    var rows: [SpectrumTable.Row] = []
    var lines: [Int] = []
    var mayBeHeader = true
    // Some programs begin a file with a byte order mark.
    let text = text.unicodeScalars.first == "\u{feff}" ? String(text.unicodeScalars.dropFirst()) : text
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let fields = fields(of: line)
      if fields.isEmpty { continue }
      let numbers = fields.map(number)
      defer { mayBeHeader = false }
      if mayBeHeader, numbers.allSatisfy({ $0 == nil }) { continue }
      guard fields.count == 2 else {
        throw refuse(
          line: index + 1,
          "found \(counted(fields.count, "column")), expected two: k in radians per pixel and P(k); remove the others"
        )
      }
      guard let waveNumber = numbers[0], let density = numbers[1] else {
        let word = fields[numbers[0] == nil ? 0 : 1]
        throw refuse(line: index + 1, "found \(word.quoted), expected a number, as in 0.25,16")
      }
      rows.append(.init(waveNumber: waveNumber, density: density))
      lines.append(index + 1)
    }
    if let problem = SpectrumTable.problem(in: rows) {
      throw refuse(line: problem.row.map { lines[$0] }, problem.message)
    }
    do { return try SpectrumTable(rows) } catch { throw refuse(error.message) }
  }

  /// The fields of a line without its comment, split at commas if it has any, else at white space.
  private static func fields(of line: Substring) -> [String] {
    let content = line.prefix { $0 != "#" }
    guard !content.allSatisfy(\.isWhitespace) else { return [] }
    return content.contains(",")
      ? content.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
      : content.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// A finite number in decimal digits.
  private static func number(_ text: String) -> Double? {
    guard text.utf8.allSatisfy(Set("0123456789+-.eE".utf8).contains), let value = Double(text), value.isFinite else {
      return nil
    }
    return value
  }
}

/// Whether a recipe's text may name files, and the base of their relative paths.
enum RecipeFolder: Equatable {
  /// The user wrote the text; relative paths start from this folder.
  case folder(String)
  /// The text comes from a dataset and must not make the program open files.
  case none

  /// The path of a file that a recipe names.
  func path(of name: String) -> String? {
    switch self {
    case .folder(let folder):
      name.hasPrefix("/") || folder.isEmpty ? name : folder + (folder.hasSuffix("/") ? "" : "/") + name
    case .none: nil
    }
  }
}
