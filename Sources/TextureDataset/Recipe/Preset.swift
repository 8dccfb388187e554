import Documents
import GaussianField

/// Recipes of published datasets, by name.
public enum Preset: Equatable, Sendable {
  /// The two-scale dataset of Golkar and Cranmer (2018), arXiv:1806.01337: two scales, every texture standardised.
  case backdrop2018
  /// The random fields of neural-operator datasets, such as those of Li et al. (2021), arXiv:2010.08895.
  case neuralOperator(NeuralOperatorField)

  /// The names on the command line.
  public static let names = [backdropName, neuralOperatorName]
  private static let backdropName = "backdrop-2018"
  private static let neuralOperatorName = "neural-operator"

  /// - Parameter text: a name, optionally followed by parameters: `neural-operator:alpha=2.5,tau=7`.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`.
  public init(_ text: String) throws(DatasetError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    switch parts[0] {
    case Self.backdropName where parts.count == 1: self = .backdrop2018
    case Self.neuralOperatorName: self = .neuralOperator(try NeuralOperatorField(parts.count == 2 ? parts[1] : nil))
    case Self.backdropName:
      throw DatasetError(.invalidRecipe, "preset: found parameters for \(parts[0]), expected none")
    default:
      throw DatasetError(
        .invalidRecipe, "preset: found \(parts[0].quoted), expected \(Self.names.joined(separator: " or "))")
    }
  }

  /// The values that the preset determines; all others remain unset.
  ///
  /// - Parameter shape: the shape of the textures.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe` if the preset does not define fields of this shape.
  public func document(shape: FieldShape) throws(DatasetError) -> RecipeDocument {
    switch self {
    case .backdrop2018: RecipeDocument(standardize: true, scales: 2)
    case .neuralOperator(let field): try field.document(shape: shape)
    }
  }
}
