import Synchronization

/// A recipe as it is stored in files, and its hash. Parsing it takes longer than opening a file, and all files of a
/// dataset have the same one, so the last one is cached.
struct StoredRecipe: Sendable {
  let recipe: Recipe
  /// The recipe's SHA-256: see ``Recipe/datasetHash``.
  let hash: String

  private static let latest = Mutex<StoredRecipe?>(nil)

  /// - Parameter text: canonical JSON.
  /// - Throws: the errors of ``Recipe/init(canonicalJSON:)``.
  init(_ text: String) throws(DatasetError) {
    // Compare bytes, since equal strings can have different Unicode forms.
    if let known = Self.latest.withLock({ $0 }), known.recipe.canonicalJSON.utf8.elementsEqual(text.utf8) {
      self = known
      return
    }
    let recipe = try Recipe(canonicalJSON: text)
    let found = StoredRecipe(recipe: recipe, hash: recipe.datasetHash)
    Self.latest.withLock { $0 = found }
    self = found
  }

  private init(recipe: Recipe, hash: String) {
    self.recipe = recipe
    self.hash = hash
  }
}
