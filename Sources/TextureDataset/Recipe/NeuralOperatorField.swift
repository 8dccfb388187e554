import Documents
import Foundation
import GaussianField

/// A Gaussian field on the periodic unit domain with the covariance operator sigma² (-Laplace + tau²)^-alpha, as
/// neural-operator datasets are parametrised: a Matérn field.
///
/// Its spectral density is sigma² (k² + tau²)^-alpha, that of a Matérn covariance with nu = alpha - d/2 and
/// l = sqrt(2 nu) / tau, times the variance sigma² Gamma(nu) / (Gamma(alpha) (4 pi)^(d/2) tau^(2 nu)).
///
/// - Source: Lindgren, Rue and Lindström, "An explicit link between Gaussian fields and Gaussian Markov random fields"
///   (2011).
public struct NeuralOperatorField: Equatable, Sendable {
  /// alpha: twice the smoothness of the inverse operator.
  public let alpha: Double
  /// tau, over the side of the domain.
  public let tau: Double
  /// sigma; nil for tau^(alpha - d/2), which makes the variance independent of tau.
  public let sigma: Double?

  /// - Parameters:
  ///   - alpha: over d/2, so that the variance is finite; the default is that of the Navier-Stokes datasets.
  ///   - tau: over 0; the default is that of the same datasets.
  ///   - sigma: over 0; nil for tau^(alpha - d/2).
  public init(alpha: Double = 2.5, tau: Double = 7, sigma: Double? = nil) {
    self.alpha = alpha
    self.tau = tau
    self.sigma = sigma
  }

  /// - Parameter text: `alpha=2.5,tau=7,sigma=18.5`, each optional; nil for the defaults.
  init(_ text: String?) throws(DatasetError) {
    var values: [String: Double] = [:]
    for pair in text?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
      let words = pair.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard words.count == 2, ["alpha", "tau", "sigma"].contains(words[0]), let value = Double(words[1]),
        value.isFinite, value > 0
      else {
        throw Self.error(
          "found \(String(pair).quoted), expected alpha, tau or sigma with a number over 0, as in alpha=2.5,tau=7")
      }
      guard values.updateValue(value, forKey: words[0]) == nil else {
        throw Self.error("found \(words[0]) twice, expected it once; remove one")
      }
    }
    let standard = NeuralOperatorField()
    self.init(alpha: values["alpha"] ?? standard.alpha, tau: values["tau"] ?? standard.tau, sigma: values["sigma"])
  }

  /// The field as a Matérn covariance in pixels.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidRecipe` if the domain is not a line, a square or a cube, or if nu is
  ///   out of range.
  func document(shape: FieldShape) throws(DatasetError) -> RecipeDocument {
    try Recipe.check(shape: shape)
    let side = shape.rowLength
    guard shape.extents.allSatisfy({ $0 == side }) else {
      throw Self.error(
        "found textures of \(shape) pixels, expected equal extents, since the field is defined on the unit domain")
    }
    let half = Double(shape.dimensions) / 2
    let nu = alpha - half
    guard let range = Matern.family.parameter("nu")?.range else { preconditionFailure("matern has nu") }
    guard range.contains(nu) else {
      throw Self.error(
        "found alpha = \(alpha.shortest) in \(counted(shape.dimensions, "dimension")), expected over \(half.shortest) and at"
          + " most \((range.upperBound + half).shortest), so that nu = alpha - \(half.shortest) is over 0 and at most"
          + " \(range.upperBound.shortest)")
    }
    let lengthScale = (2 * nu).squareRoot() / tau * Double(side)
    // Logarithms, since tau^nu may overflow.
    let logSigma = sigma.map { log($0) } ?? nu * log(tau)
    let gammas: Double = lgamma(nu) - lgamma(alpha)
    let logVariance: Double = 2 * (logSigma - nu * log(tau)) + gammas - half * log(4 * Double.pi)
    return RecipeDocument(
      lengthScales: [[lengthScale]], weights: [exp(logVariance / 2)],
      covariance: [CovarianceTemplate(Matern.family, ["nu": nu])])
  }

  private static func error(_ message: String) -> DatasetError {
    DatasetError(.invalidRecipe, "preset neural-operator: \(message)")
  }
}
