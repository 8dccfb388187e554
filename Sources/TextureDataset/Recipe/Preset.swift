import Documents
import GaussianField

/// Recipes of published datasets, by name.
public enum Preset: Equatable, Sendable {
  /// The two-scale dataset of Golkar and Cranmer (2018), arXiv:1806.01337: two scales, every texture standardised.
  case backdrop2018
  /// The random fields of neural-operator datasets: those of Li and others (2021), arXiv:2010.08895, and of others.
  case neuralOperator(NeuralOperatorField)

  /// The names, as the command line has them.
  public static let names = [backdropName, neuralOperatorName]
  private static let backdropName = "backdrop-2018"
  private static let neuralOperatorName = "neural-operator"

  /// - Parameter text: a name, and after a colon the values of those that have some: `neural-operator:alpha=2.5,tau=7`.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe`.
  public init(_ text: String) throws(DatasetError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    switch parts[0] {
    case Self.backdropName where parts.count == 1: self = .backdrop2018
    case Self.neuralOperatorName: self = .neuralOperator(try NeuralOperatorField(parts.count == 2 ? parts[1] : nil))
    case Self.backdropName:
      throw DatasetError(.invalidRecipe, "preset: found values of \(parts[0]), expected none; it has no parameters")
    default:
      throw DatasetError(
        .invalidRecipe, "preset: found \(parts[0].quoted), expected \(Self.names.joined(separator: " or "))")
    }
  }

  /// What the preset decides; everything else stays open.
  ///
  /// - Parameter shape: of the textures that are to be made.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe` where the preset has no fields of that shape.
  public func document(shape: FieldShape) throws(DatasetError) -> RecipeDocument {
    switch self {
    case .backdrop2018: RecipeDocument(standardize: true, scales: 2)
    case .neuralOperator(let field): try field.document(shape: shape)
    }
  }
}
