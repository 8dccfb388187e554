import Foundation

/// The identity of a damaged file, read from its bytes without the HDF5 library.
///
/// HDF5 keeps strings of variable length as they are, near the beginning of a gpgen file. A file that was cut off, or
/// whose structure is damaged elsewhere, still has them.
struct RecipeText {
  /// The recipe whose canonical JSON and SHA-256 both stand in the file.
  let recipe: Recipe
  let kind: ShardHeader.Kind?

  private static let maximumBytes = 65_536
  /// Random bytes look like the beginning of an object a few times in a megabyte; a hostile file is not searched for long.
  private static let maximumCandidates = 256

  /// Looks through the file's first megabyte; nothing where it holds no recipe that a hash confirms.
  init?(searching path: String) {
    guard let beginning = FileBeginning(of: path) else { return nil }
    for start in beginning.places(of: "{\"").prefix(Self.maximumCandidates) {
      guard let object = Self.object(in: beginning.bytes[start...].prefix(Self.maximumBytes)),
        let json = String(validating: object, as: UTF8.self), let recipe = try? Recipe(canonicalJSON: json),
        beginning.contains(recipe.datasetHash)
      else { continue }
      self.recipe = recipe
      let isIndex = beginning.contains(ShardStructure.indexFormat)
      let isShard = beginning.contains(ShardStructure.shardFormat)
      kind = isIndex == isShard ? nil : isIndex ? .index : .shard
      return
    }
    return nil
  }

  /// The bytes up to the brace that closes the first one.
  private static func object(in text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var depth = 0
    for index in text.indices {
      switch text[index] {
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"): depth -= 1
      default: continue
      }
      if depth == 0 { return text[...index] }
    }
    return nil
  }
}
