import HeaderSandbox
import TextureDataset
import TextureStream

/// Whether an argument's file extension is that of a recipe.
func isRecipe(_ data: String) -> Bool { [".yaml", ".yml", ".json"].contains { data.hasSuffix($0) } }

/// Opens the textures that an argument names: generated from a recipe (.yaml, .yml or .json), or read from files.
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
