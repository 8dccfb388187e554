import ArgumentParser
import TextureDataset

struct RecipeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipe",
    abstract: "Print a recipe as YAML, to keep or to edit.",
    discussion:
      "Takes the options of `generate` that decide pixels and labels; `gpgen --recipe FILE` makes the dataset.")

  @OptionGroup(title: "What is made") var recipeOptions: RecipeOptions

  func run() throws {
    let recipe = try recipeOptions.makeRecipe()
    for warning in recipe.warnings { note("Warning: \(warning)") }
    try printResult(String(recipe.yaml.dropLast()))
  }
}
