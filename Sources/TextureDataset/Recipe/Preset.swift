/// Recipes of published datasets, by name.
public enum Preset: String, CaseIterable, Sendable {
  /// The two-scale dataset of Golkar and Cranmer (2018), arXiv:1806.01337: two scales, every texture standardised.
  case backdrop2018 = "backdrop-2018"

  /// What the preset decides; everything else stays open.
  public var document: RecipeDocument {
    switch self {
    case .backdrop2018: RecipeDocument(standardize: true, scales: 2)
    }
  }
}
