import Foundation

/// The shards that an index refers to: the sources of its virtual dataset.
enum IndexSources {
  /// The names of the shards' files in the index's folder, in order.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidFile` if a name leads out of the folder.
  static func read(_ index: String) throws(DatasetError) -> [String] {
    let file = try HDF5File(reading: index)
    let recipe = try StoredRecipe(try HDF5Attributes(of: file).string("recipe")).recipe
    let textures = try HDF5Dataset(opening: recipe.field.shape.name, in: file)
    var names: [String] = []
    for source in try textures.sourceFiles {
      let name = source.replacingOccurrences(of: "%%", with: "%")
      guard !name.isEmpty, !name.contains("/"), name != ".", name != ".." else {
        throw DatasetError(.invalidFile, "\(index): refers to the shard \(source); expected a file in the same folder")
      }
      names.append(name)
    }
    return names
  }
}
