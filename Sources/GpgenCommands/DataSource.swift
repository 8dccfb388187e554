import HeaderSandbox
import TextureDataset
import TextureStream

/// Whether an argument names a recipe, by its ending.
func isRecipe(_ data: String) -> Bool { [".yaml", ".yml", ".json"].contains { data.hasSuffix($0) } }

/// The textures that an argument names: a recipe (.yaml, .yml or .json) makes them, all else is read from files.
func openSource(_ data: String) throws(StreamError) -> SampleSource {
  do {
    if isRecipe(data) {
      return try SampleSource(try RecipeOptions.yamlRecipe(data))
    }
    try readInSandbox(.read, [data])
    return try SampleSource(try DatasetReader(data))
  } catch let error as StreamError {
    throw error
  } catch {
    throw StreamError(unreadable: error)
  }
}
