import TextureDataset
import TextureStream

/// The textures that an argument names: a recipe (.yaml, .yml or .json) makes them, all else is read from files.
func openSource(_ data: String) throws(StreamError) -> SampleSource {
  do {
    if [".yaml", ".yml", ".json"].contains(where: { data.hasSuffix($0) }) {
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
