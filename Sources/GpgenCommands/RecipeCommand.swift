import ArgumentParser
import Backdrop
import TextureDataset

struct RecipeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipe",
    abstract: "Print a recipe, or its reference network, as YAML.",
    discussion: """
      Accepts the options of `generate` that determine pixels and labels; `gpgen --recipe FILE` generates the dataset. \
      --network prints the reference network that `gpgen train` uses for this dataset; `gpgen train --network FILE` uses \
      an edited one.
      """)

  @OptionGroup(title: "Recipe") var recipeOptions: RecipeOptions

  @Flag(help: "Print the reference network for the textures and classes of the recipe, instead of the recipe.")
  var network = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of outputs: 1 for --loss auc or f1, one for each --target for mse. (default: one for each class)",
      valueName: "outputs"),
    transform: OptionRange.outputs)
  var outputs: Int?

  @OptionGroup(title: "Network (with --network)") var networkOptions: ReferenceNetworkOptions

  mutating func validate() throws {
    let given = (outputs == nil ? [] : ["outputs"]) + networkOptions.given.map(\.name)
    if !network, let option = given.first {
      throw ValidationError("--\(option) has no effect without --network; add --network.")
    }
  }

  func run() throws {
    let recipe = try recipeOptions.makeRecipe()
    for warning in recipe.warnings { note("Warning: \(warning)") }
    guard network else { return try printResult(String(recipe.yaml.dropLast())) }
    let made = try networkOptions.makeNetwork(size: recipe.trainingSize(), outputs: outputs ?? recipe.classCount)
    try printResult(String(made.yaml.dropLast()))
  }
}
