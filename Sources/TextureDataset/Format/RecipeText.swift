import Foundation

/// The identity of a damaged file, read from its bytes without the HDF5 library.
///
/// HDF5 stores strings of variable length as plain text, near the beginning of a gpgen file. A file that is truncated,
/// or damaged elsewhere, still has them.
struct RecipeText {
  /// The recipe whose canonical JSON and SHA-256 the file both contains.
  let recipe: Recipe
  let kind: ShardHeader.Kind?

  private static let maximumBytes = 65_536
  /// Random bytes look like the start of an object a few times in a megabyte; the limit bounds the search in a hostile
  /// file.
  private static let maximumCandidates = 256

  /// Searches the file's first megabyte; nil if it contains no recipe confirmed by its hash.
  init?(searching path: String) {
    guard let prefix = FilePrefix(of: path) else { return nil }
    for start in prefix.places(of: "{\"").prefix(Self.maximumCandidates) {
      guard let object = Self.object(in: prefix.bytes[start...].prefix(Self.maximumBytes)),
        let json = String(validating: object, as: UTF8.self), let recipe = try? Recipe(canonicalJSON: json),
        prefix.contains(recipe.datasetHash)
      else { continue }
      self.recipe = recipe
      let isIndex = prefix.contains(ShardStructure.indexFormat)
      let isShard = prefix.contains(ShardStructure.shardFormat)
      kind = isIndex == isShard ? nil : isIndex ? .index : .shard
      return
    }
    return nil
  }

  /// The bytes up to the brace that matches the first one.
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
