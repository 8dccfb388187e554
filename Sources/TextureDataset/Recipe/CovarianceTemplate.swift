import Documents
import GaussianField

/// A family with all its parameters but the length scale, as the command line has it: "matern:nu=1.5".
public struct CovarianceTemplate: Equatable, Sendable {
  /// The family.
  public let family: CovarianceFamily
  /// The parameters by name; the length scale is not among them.
  public let parameters: [String: Double]

  /// - Parameters:
  ///   - family: one of ``CovarianceFamily/all``.
  ///   - parameters: by name, without the length scale.
  public init(_ family: CovarianceFamily, _ parameters: [String: Double] = [:]) {
    self.family = family
    self.parameters = parameters
  }

  /// - Parameter text: the name of a family, and after a colon `key=value,key=value`.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`.
  public init(_ text: String) throws(DatasetError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let family = CovarianceFamily.named(parts[0]) else {
      throw RecipeKey.covariance.error(found: parts[0].quoted)
    }
    var parameters: [String: Double] = [:]
    for pair in parts.count == 2 ? parts[1].split(separator: ",", omittingEmptySubsequences: false) : [] {
      let words = pair.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard words.count == 2, let value = Double(words[1]), value.isFinite else {
        throw RecipeKey.covariance.error(
          found: String(pair).quoted, expected: "key=value with a number, as in matern:nu=1.5")
      }
      guard words[0] != CovarianceFamily.lengthScaleName else {
        throw RecipeKey.covariance.error(
          found: String(pair).quoted, expected: "length scales among the candidates' (--length-scales)")
      }
      parameters[words[0]] = value
    }
    self.init(family, parameters)
    // Refuses parameters that no length scale would mend.
    _ = try model(lengthScale: family.hasLengthScale ? CovarianceFamily.lengthScales.lowerBound : nil)
  }

  /// As the command line has it.
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
        family: family, parameters.merging(lengthScale.map { [CovarianceFamily.lengthScaleName: $0] } ?? [:]) { $1 })
    } catch {
      throw RecipeKey.covariance.error(found: text, expected: "other parameters (\(error.message))")
    }
  }

  /// Whether both are of one family, with the same parameters.
  public static func == (a: CovarianceTemplate, b: CovarianceTemplate) -> Bool { a.text == b.text }
}
