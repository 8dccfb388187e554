import Foundation

/// The identity of a damaged file, read from its bytes without the HDF5 library.
///
/// HDF5 keeps strings of variable length as they are, near the beginning of a gpgen file. A file that was cut off, or
/// whose structure is damaged elsewhere, still has them.
struct RecipeText {
  /// The recipe whose canonical JSON and SHA-256 both stand in the file.
  let recipe: Recipe
  let kind: ShardHeader.Kind?

  /// How far from the beginning the text is looked for, in bytes.
  static let reach = 1 << 20
  private static let maximumBytes = 65_536
  /// Random bytes look like the beginning of an object a few times in a megabyte; a hostile file is not searched for long.
  private static let maximumCandidates = 256

  /// Looks through the file's first megabyte; nothing where it holds no recipe that a hash confirms.
  init?(searching path: String) {
    guard let file = try? OpenedFile(path), let buffer = Self.beginning(of: file) else { return nil }
    for start in Self.places(of: Array("{\"".utf8), in: buffer).prefix(Self.maximumCandidates) {
      guard let object = Self.object(in: buffer[start...].prefix(Self.maximumBytes)),
        let json = String(validating: object, as: UTF8.self), let recipe = try? Recipe(canonicalJSON: json),
        !Self.places(of: Array(recipe.datasetHash.utf8), in: buffer).isEmpty
      else { continue }
      self.recipe = recipe
      let isIndex = !Self.places(of: Array(ShardStructure.indexFormat.utf8), in: buffer).isEmpty
      let isShard = !Self.places(of: Array(ShardStructure.shardFormat.utf8), in: buffer).isEmpty
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

  private static func beginning(of file: OpenedFile) -> [UInt8]? {
    var bytes: [UInt8] = []
    let isRead: Void? = try? file.read(UInt8.self, count: min(reach, file.size), at: 0) { _, piece in
      bytes += piece
      return true
    }
    return isRead == nil ? nil : bytes
  }

  /// Where a text begins among the bytes.
  private static func places(of text: [UInt8], in bytes: [UInt8]) -> [Int] {
    guard let first = text.first else { return [] }
    return bytes.indices.filter { bytes[$0] == first && bytes[$0...].starts(with: text) }
  }
}
