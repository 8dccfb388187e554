import Documents
import GaussianField

/// A family with all its parameters but the length scale, as the command line has it: "matern:nu=1.5",
/// "tabulated:file=spectrum.csv".
public struct CovarianceTemplate: Equatable, Sendable {
  /// The family.
  public let family: CovarianceFamily
  /// The parameters by name; the length scale is not among them.
  public let parameters: [String: Double]

  /// The table, of a family that has one.
  public let table: SpectrumTable?

  /// - Parameters:
  ///   - family: one of ``CovarianceFamily/all``.
  ///   - parameters: by name, without the length scale.
  ///   - table: of a family that has one.
  public init(_ family: CovarianceFamily, _ parameters: [String: Double] = [:], table: SpectrumTable? = nil) {
    self.family = family
    self.parameters = parameters
    self.table = table
  }

  /// - Parameter text: the name of a family, and after a colon `key=value,key=value`; `file=spectrum.csv` among them gives a
  ///   table, from the working directory.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`.
  public init(_ text: String) throws(DatasetError) { try self.init(text, in: .folder("")) }

  /// - Parameter folder: where the text may name a file.
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
      guard known.insert(words[0]).inserted else { throw refuse(expected: "every key once; leave one of them out") }
      if family.hasTable, words[0] == TableForm.file {
        guard !words[1].isEmpty else { throw refuse(expected: "the path of a file, as in file=spectrum.csv") }
        guard let path = folder.path(of: words[1]) else {
          throw refuse(expected: "no file, since a dataset stores its tables themselves")
        }
        do { table = try SpectrumFile.read(path) } catch {
          throw DatasetError(.invalidRecipe, "`\(RecipeKey.covariance.rawValue)`: \(error.message)")
        }
        continue
      }
      guard words[0] != CovarianceFamily.lengthScaleName else {
        throw refuse(expected: "length scales among the candidates' (--length-scales)")
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
    // Refuses parameters that no length scale would mend.
    _ = try model(lengthScale: family.hasLengthScale ? CovarianceFamily.lengthScales.lowerBound : nil)
  }

  /// As the command line has it, but for the table, which is in no text.
  var text: String {
    family.name
      + (parameters.isEmpty
        ? ""
        : ":" + parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.shortest)" }.joined(separator: ","))
  }

  /// The covariance of a length scale; nil of families without one.
  func model(lengthScale: Double?) throws(DatasetError) -> CovarianceModel {
    do {
      return try CovarianceModel(
        family: family, parameters.merging(lengthScale.map { [CovarianceFamily.lengthScaleName: $0] } ?? [:]) { $1 },
        table: table)
    } catch {
      throw RecipeKey.covariance.error(found: text, expected: "other parameters (\(error.message))")
    }
  }

  /// Whether both are of one family, with the same parameters.
  public static func == (a: CovarianceTemplate, b: CovarianceTemplate) -> Bool {
    a.text == b.text && a.table == b.table
  }
}
