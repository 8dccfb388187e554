import ArgumentParser
import Backdrop
import TextureDataset

struct RecipeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipe",
    abstract: "Print a recipe as YAML, or the reference network for it, to keep or to edit.",
    discussion: """
      Takes the options of `generate` that decide pixels and labels; `gpgen --recipe FILE` makes the dataset. With --network \
      it prints the reference network that `gpgen train` takes for such a dataset; `gpgen train --network FILE` takes an \
      edited one.
      """)

  @OptionGroup(title: "What is made") var recipeOptions: RecipeOptions

  @Flag(help: "Print the reference network for the recipe's textures and classes in place of the recipe.")
  var network = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Outputs of the network: 1 for --loss auc or f1, with mse one for each --target. (default: one for each class)",
      valueName: "outputs"),
    transform: OptionRange.outputs)
  var outputs: Int?

  @OptionGroup(title: "The network, with --network") var networkOptions: ReferenceNetworkOptions

  mutating func validate() throws {
    let given = (outputs == nil ? [] : ["outputs"]) + networkOptions.given.map(\.name)
    if !network, let option = given.first {
      throw ValidationError("--\(option) is an option of the network; give --network too.")
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
