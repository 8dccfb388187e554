import Documents
import GaussianField

/// A family with all parameters except the length scale. On the command line: "matern:nu=1.5",
/// "tabulated:file=spectrum.csv".
public struct CovarianceTemplate: Equatable, Sendable {
  /// The family.
  public let family: CovarianceFamily
  /// The parameters by name, without the length scale.
  public let parameters: [String: Double]

  /// The table, for a family that has one.
  public let table: SpectrumTable?

  /// - Parameters:
  ///   - family: one of `CovarianceFamily.all`.
  ///   - parameters: by name, without the length scale.
  ///   - table: for a family that has one.
  public init(_ family: CovarianceFamily, _ parameters: [String: Double] = [:], table: SpectrumTable? = nil) {
    self.family = family
    self.parameters = parameters
    self.table = table
  }

  /// - Parameter text: the name of a family, optionally followed by `:key=value,key=value`. The key `file` names a
  ///   table, relative to the working directory.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`.
  public init(_ text: String) throws(DatasetError) { try self.init(text, in: .folder("")) }

  /// - Parameter folder: the base of relative paths in the text, if it may name files.
  init(_ text: String, in folder: RecipeFolder) throws(DatasetError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let family = CovarianceFamily.named(parts[0]) else {
      throw RecipeKey.covariance.error(found: parts[0].quoted)
    }
    var parameters: [String: Double] = [:]
    var table: SpectrumTable?
    var known: Set<String> = []
    for pair in parts.count == 2 ? parts[1].split(separator: ",", omittingEmptySubsequences: false) : [] {
      let words = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      func refuse(expected: String) -> DatasetError {
        RecipeKey.covariance.error(found: String(pair).quoted, expected: expected)
      }
      guard words.count == 2 else { throw refuse(expected: "key=value, as in matern:nu=1.5") }
      guard known.insert(words[0]).inserted else { throw refuse(expected: "every key once; remove the duplicate") }
      if family.hasTable, words[0] == TableForm.file {
        guard !words[1].isEmpty else { throw refuse(expected: "the path of a file, as in file=spectrum.csv") }
        guard let path = folder.path(of: words[1]) else {
          throw refuse(expected: "no file, since a dataset stores its tables inline")
        }
        do { table = try SpectrumFile.read(path) } catch {
          throw DatasetError(.invalidRecipe, "`\(RecipeKey.covariance.rawValue)`: \(error.message)")
        }
        continue
      }
      guard words[0] != CovarianceFamily.lengthScaleName else {
        throw refuse(expected: "length scales in the list of candidates (--length-scales)")
      }
      guard let value = Double(words[1]), value.isFinite else {
        throw refuse(expected: "key=value with a number, as in matern:nu=1.5")
      }
      parameters[words[0]] = value
    }
    if family.hasTable, table == nil {
      throw RecipeKey.covariance.error(
        found: "\(family.name) without a table",
        expected: "one in a file, as in \(family.name):\(TableForm.file)=spectrum.csv")
    }
    self.init(family, parameters, table: table)
    // Throws for parameters that are invalid with any length scale.
    _ = try model(lengthScale: family.hasLengthScale ? CovarianceFamily.lengthScales.lowerBound : nil)
  }

  /// The form of the command line, without the table, which has no textual form.
  var text: String {
    family.name
      + (parameters.isEmpty
        ? ""
        : ":" + parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.shortest)" }.joined(separator: ","))
  }

  /// The covariance with a length scale.
  ///
  /// - Parameter lengthScale: in pixels; nil for families without one.
  func model(lengthScale: Double?) throws(DatasetError) -> CovarianceModel {
    do {
      return try CovarianceModel(
        family: family, parameters.merging(lengthScale.map { [CovarianceFamily.lengthScaleName: $0] } ?? [:]) { $1 },
        table: table)
    } catch {
      throw RecipeKey.covariance.error(found: text, expected: "other parameters (\(error.message))")
    }
  }

  /// Whether both have the same family, parameters and table.
  public static func == (a: CovarianceTemplate, b: CovarianceTemplate) -> Bool {
    a.text == b.text && a.table == b.table
  }
}
