/// The keys of an experiment as its YAML spells them, each with the values it takes.
enum ExperimentKey: String, CaseIterable {
  case baseline
  case budgets
  case costs
  case datasets
  case description
  case grid
  case learningRates = "learning_rates"
  case methods
  case networks
  case quick
  case recipe
  case seeds
  case steps
  case testSamples = "test_samples"
  case threads
  case title
  case training
  case trainingSamples = "training_samples"

  /// The keys that `quick` replaces by smaller values.
  static let ofQuick: [ExperimentKey] = [
    .datasets, .learningRates, .methods, .networks, .seeds, .steps, .testSamples, .trainingSamples,
  ]

  /// What a value has to be: the "expected" of an error message.
  var expectation: String {
    switch self {
    case .baseline: "the name of a method"
    case .budgets: "a list of steps and cost"
    case .costs: "a mapping of methods to the cost of a step, as `gpgen experiment --measure-costs` prints it"
    case .datasets: "a mapping of names to keys of a recipe, such as `open: {boundary: open}`"
    case .description, .title: "text"
    case .grid: "a mapping of settings to lists of their values, such as `fine_mask: [0, 0.5]`"
    case .learningRates: "a list of numbers above 0"
    case .methods: "a mapping of names to settings, such as `strong: {fine_mask: 0.95}`"
    case .networks: "a mapping of names to settings, such as `wide: {channels: 128}`"
    case .quick: "a mapping of some of the keys " + Self.ofQuick.map(\.rawValue).joined(separator: ", ")
    case .recipe: "a mapping with the keys of a recipe"
    case .seeds: "a number of seeds from 1 to 1000, or a list of them"
    case .steps, .trainingSamples: "a whole number of at least 1, or a list of them"
    case .testSamples: "a whole number of at least 1"
    case .threads: "a whole number from 1 to 1024"
    case .training: "a mapping of settings"
    }
  }
}
