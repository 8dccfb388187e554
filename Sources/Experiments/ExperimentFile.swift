import Backdrop
import Documents
import TextureDataset
import Yams

extension Experiment {
  /// Reads an experiment from YAML.
  ///
  /// - Parameters:
  ///   - yaml: the text.
  ///   - file: the file's name, for messages.
  ///   - name: the experiment's name.
  ///   - isQuick: whether to take the small version that the key `quick` describes.
  /// - Throws: ``ExperimentError`` with code `.invalidDescription`, naming the file, the line and the key.
  public init(yaml: String, file: String, name: String, isQuick: Bool = false) throws(ExperimentError) {
    do {
      self = try ExperimentFile(yaml, file, isQuick: isQuick).experiment(name: name)
    } catch let error as DocumentError {
      throw ExperimentError(.invalidDescription, error.message, cause: error.cause)
    } catch let error as ExperimentError {
      throw error
    } catch {
      throw ExperimentError(.invalidDescription, "\(file): \(error)", cause: error)
    }
    try checkCells(file)
  }

  /// Whether a YAML text has keys that only experiments have, not recipes.
  public static func isDescribed(by yaml: String) -> Bool {
    let file = YAMLFile(name: "", subject: "experiment", example: "", hint: "")
    let own: [ExperimentKey] = [.datasets, .grid, .methods, .trainingSamples]
    let keys = (try? file.mapping(of: yaml))?.keys.compactMap(\.string) ?? []
    return own.contains { keys.contains($0.rawValue) }
  }

  /// Refuses combinations that cannot be trained, before any training begins.
  private func checkCells(_ file: String) throws(ExperimentError) {
    for dataset in datasets {
      for samples in Set(trainingSamples + [trialSamples]) {
        let recipe = try dataset.recipe(samples: samples, seed: 0)
        for (network, methods) in zip(networks, settings) {
          for (method, settings) in zip(self.methods, methods) {
            do {
              _ = try settings.configuration(for: recipe, steps: 1, seed: 0, threads: threads)
            } catch {
              throw ExperimentError(
                .invalidDescription, "\(file): dataset \(dataset.name), network \(network), method \(method): \(error)",
                cause: error)
            }
          }
        }
      }
    }
  }
}

/// The keys and values of an experiment's file.
private struct ExperimentFile {
  private let file: YAMLFile
  private let isQuick: Bool
  private var nodes: [ExperimentKey: Node] = [:]
  private var quick: [ExperimentKey: Node] = [:]

  init(_ yaml: String, _ name: String, isQuick: Bool) throws(DocumentError) {
    self.isQuick = isQuick
    file = YAMLFile(
      name: name, subject: "experiment", example: "seeds: 5",
      hint: "`schemas/experiment.schema.json` describes them, with an example")
    for (key, value) in try file.mapping(of: yaml) {
      nodes[try file.key(key, of: "an experiment") as ExperimentKey] = value
    }
    if let node = nodes[.quick] {
      for (key, value) in try mapping(node, .quick) {
        quick[try file.key(key, of: "`quick`", among: ExperimentKey.allowedInQuick)] = value
      }
    } else if isQuick {
      throw file.error(line: nil, "found no `quick`, expected the keys of a small version of this experiment")
    }
  }

  func experiment(name: String) throws -> Experiment {
    let datasets = try chosen(try readDatasets(), .datasets) { $0.name }
    let base = try settings(nodes[.training], in: TrainingSettings())
    let networks = try chosen(try named(.networks) ?? [("reference", nil)], .networks) { $0.name }
    let methods = try chosen(try readMethods(), .methods) { $0.name }
    let names = methods.map(\.name)
    let baseline = try nodes[.baseline].map { node throws(DocumentError) in
      try reader(.baseline).word(node) { names.contains($0) ? $0 : nil }
    }
    let settings = try networks.map { network in
      let own = try self.settings(network.node, in: base)
      return try methods.map { try $0.apply(own) }
    }
    return Experiment(
      name: name, title: try text(.title) ?? name, description: try text(.description) ?? "", datasets: datasets,
      trainingSamples: try required(.trainingSamples, integers),
      testSamples: try required(.testSamples) { key, node in
        try reader(key).integer(node, in: 1...1 << 30)
      }, networks: networks.map(\.name), methods: names, baseline: baseline ?? names[0], seeds: try seeds(),
      steps: try required(.steps, integers), budgets: try budgets(), costs: try costs(of: names),
      learningRates: try value(.learningRates).map { node in
        try reader(.learningRates).list(node) { node in file.number(node).flatMap { $0 > 0 ? $0 : nil } }
      } ?? [],
      threads: try nodes[.threads].map { try reader(.threads).integer($0, in: 1...1024) } ?? 1, isQuick: isQuick,
      settings: settings)
  }

  // MARK: - Datasets and methods

  private func readDatasets() throws -> [Experiment.Dataset] {
    let common = try recipe(nodes[.recipe], in: RecipeDocument())
    guard let named = try named(.datasets) else {
      return [Experiment.Dataset(name: "textures", recipe: try complete(common, line: nodes[.recipe]?.mark?.line))]
    }
    return try named.map { name, node in
      Experiment.Dataset(name: name, recipe: try complete(try recipe(node, in: common), line: node?.mark?.line))
    }
  }

  private func recipe(_ node: Node?, in common: RecipeDocument) throws -> RecipeDocument {
    guard let node else { return common }
    let own = try RecipeDocument(mapping: try mapping(node, .recipe), in: file)
    do {
      return try common.merging(own)
    } catch {
      throw file.error(line: node.mark?.line, error.message)
    }
  }

  private func complete(_ document: RecipeDocument, line: Int?) throws(DocumentError) -> Recipe {
    do {
      return try document.recipe()
    } catch {
      throw file.error(line: line, error.message)
    }
  }

  private struct NamedMethod {
    let name: String
    let apply: (TrainingSettings) throws -> TrainingSettings
  }

  /// The named methods, then those of the grid: all combinations of its values.
  private func readMethods() throws -> [NamedMethod] {
    var methods = (try named(.methods) ?? []).map { name, node in
      NamedMethod(name: name) { try settings(node, in: $0) }
    }
    var combinations: [NamedMethod] = []
    let grid: Node.Mapping = if let node = nodes[.grid] { try mapping(node, .grid) } else { [:] }
    for (key, node) in grid {
      let setting: SettingKey = try file.key(key, of: "`grid`")
      guard let values = file.list(node), !values.isEmpty else { throw reader(.grid).error(node) }
      let axes = values.map { value in
        NamedMethod(name: "\(setting.rawValue)-\(value.string ?? "")") { settings in
          var settings = settings
          try settings.read(setting, value, in: file)
          return settings
        }
      }
      combinations =
        combinations.isEmpty
        ? axes
        : combinations.flatMap { first in
          axes.map { second in
            NamedMethod(name: "\(first.name)_\(second.name)") { try second.apply(try first.apply($0)) }
          }
        }
    }
    methods += combinations
    guard !methods.isEmpty else {
      throw file.error(line: nil, "found no `methods`, expected \(ExperimentKey.methods.expectation)")
    }
    guard Set(methods.map(\.name)).count == methods.count else {
      throw file.error(line: nodes[.grid]?.mark?.line, "two methods have the same name; rename one of them")
    }
    return methods
  }

  private func settings(_ node: Node?, in base: TrainingSettings) throws(DocumentError) -> TrainingSettings {
    var settings = base
    guard let node else { return base }
    for (key, value) in try mapping(node, .training) {
      try settings.read(try file.key(key, of: "a training"), value, in: file)
    }
    return settings
  }

  // MARK: - Other keys

  private func seeds() throws(DocumentError) -> [UInt64] {
    guard let node = value(.seeds) else { return [0, 1, 2, 3, 4] }
    if let count: Int = file.integer(node), (1...1000).contains(count) { return (0..<count).map { UInt64($0) } }
    return try reader(.seeds).list(node) { node in
      file.integer(node).flatMap { (seed: UInt64) in seed < Experiment.testSeed ? seed : nil }
    }
  }

  private func budgets() throws(DocumentError) -> [Experiment.Budget] {
    guard let node = nodes[.budgets] else { return [.steps] }
    return try reader(.budgets).list(node) { file.word($0).flatMap(Experiment.Budget.init(rawValue:)) }
  }

  private func costs(of methods: [String]) throws(DocumentError) -> [String: Double] {
    guard let node = nodes[.costs] else { return [:] }
    var costs: [String: Double] = [:]
    for (key, value) in try mapping(node, .costs) {
      costs[try file.key(key, of: "`costs`", among: methods)] =
        try reader(.costs).number(value, in: .leastNormalMagnitude...1e12)
    }
    return costs
  }

  private func text(_ key: ExperimentKey) throws(DocumentError) -> String? {
    guard let node = nodes[key] else { return nil }
    guard case .scalar(let scalar) = node else { throw reader(key).error(node) }
    return scalar.string
  }

  private func integers(_ key: ExperimentKey, _ node: Node) throws(DocumentError) -> [Int] {
    let range = 1...1 << 30
    if let value: Int = file.integer(node), range.contains(value) { return [value] }
    return try reader(key).list(node) { node in file.integer(node).flatMap { range.contains($0) ? $0 : nil } }
  }

  private func required<Value>(
    _ key: ExperimentKey, _ read: (ExperimentKey, Node) throws -> Value
  ) throws -> Value {
    guard let node = value(key) else {
      throw file.error(line: nil, "found no `\(key.rawValue)`, expected \(key.expectation)")
    }
    return try read(key, node)
  }

  /// The value of a key; in the small version, the value in `quick` takes precedence.
  private func value(_ key: ExperimentKey) -> Node? { isQuick ? quick[key] ?? nodes[key] : nodes[key] }

  /// All elements of a mapping; in the small version, those that `quick` lists.
  private func chosen<Element>(
    _ elements: [Element], _ key: ExperimentKey, _ name: (Element) -> String
  ) throws(DocumentError) -> [Element] {
    guard isQuick, let node = quick[key] else { return elements }
    let names = elements.map(name)
    let chosen = try ValueReader(file: file, key: key.rawValue, expectation: "a list of names among the experiment's")
      .list(node) { node in file.word(node).flatMap { names.contains($0) ? $0 : nil } }
    return elements.filter { chosen.contains(name($0)) }
  }

  /// The names of a mapping, which become names of folders, and their values.
  private func named(_ key: ExperimentKey) throws(DocumentError) -> [(name: String, node: Node?)]? {
    guard let node = nodes[key] else { return nil }
    var elements: [(name: String, node: Node?)] = []
    for (name, value) in try mapping(node, key) {
      guard let text = file.word(name) ?? name.string, text.wholeMatch(of: #/[A-Za-z0-9][A-Za-z0-9._-]{0,60}/#) != nil
      else {
        throw file.error(
          line: name.mark?.line,
          "`\(key.rawValue)`: found the name \(file.describe(name)), expected a folder name of at most 61"
            + " letters, digits, dots, hyphens and underscores that begins with a letter or digit")
      }
      elements.append((text, value.isEmpty ? nil : value))
    }
    guard !elements.isEmpty else { throw reader(key).error(node) }
    return elements
  }

  private func mapping(_ node: Node, _ key: ExperimentKey) throws(DocumentError) -> Node.Mapping {
    guard let mapping = file.mapping(node) else { throw reader(key).error(node) }
    return mapping
  }

  private func reader(_ key: ExperimentKey) -> ValueReader {
    ValueReader(file: file, key: key.rawValue, expectation: key.expectation)
  }
}

extension Node {
  /// Whether a key has no value.
  fileprivate var isEmpty: Bool {
    if case .scalar(let scalar) = self { return scalar.string.isEmpty && scalar.style == .plain }
    return false
  }
}
