import Synchronization

/// A recipe as files have it, and its hash. Reading and checking it takes longer than opening a file, and all files of a
/// dataset have the same one: what was read last is kept, and shared in memory.
struct StoredRecipe: Sendable {
  let recipe: Recipe
  /// The recipe's SHA-256: see ``Recipe/datasetHash``.
  let hash: String

  private static let latest = Mutex<StoredRecipe?>(nil)

  /// - Parameter text: canonical JSON.
  /// - Throws: what ``Recipe/init(canonicalJSON:)`` does.
  init(_ text: String) throws(DatasetError) {
    // Compared as bytes, since strings are equal in other forms too.
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
