/// The keys of an experiment's YAML file, with the values that they accept.
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

  /// The keys that `quick` may replace.
  static let allowedInQuick: [ExperimentKey] = [
    .datasets, .learningRates, .methods, .networks, .seeds, .steps, .testSamples, .trainingSamples,
  ]

  /// The values that a key accepts, as error messages say after "expected".
  var expectation: String {
    switch self {
    case .baseline: "the name of a method"
    case .budgets: "a list of one or both of steps and cost"
    case .costs: "a mapping from methods to the cost of a step, as `gpgen experiment --measure-costs` prints it"
    case .datasets: "a mapping from names to keys of a recipe, such as `open: {boundary: open}`"
    case .description, .title: "text"
    case .grid: "a mapping from settings to lists of values, such as `fine_mask: [0, 0.5]`"
    case .learningRates: "a list of numbers above 0"
    case .methods: "a mapping from names to settings, such as `strong: {fine_mask: 0.95}`"
    case .networks: "a mapping from names to settings, such as `wide: {channels: 128}`"
    case .quick: "a mapping with some of the keys " + Self.allowedInQuick.map(\.rawValue).joined(separator: ", ")
    case .recipe: "a mapping with the keys of a recipe"
    case .seeds: "a number of seeds from 1 to 1000, or a list of seeds"
    case .steps, .trainingSamples: "a whole number of at least 1, or a list of them"
    case .testSamples: "a whole number of at least 1"
    case .threads: "a whole number from 1 to 1024"
    case .training: "a mapping of settings"
    }
  }
}
