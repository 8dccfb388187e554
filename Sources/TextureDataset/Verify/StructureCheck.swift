import GaussianField

/// Checks everything in a file except pixels and checksums against what ``ShardStructure`` writes.
///
/// Collects faults; anything that cannot be read is one of them.
struct StructureCheck {
  let path: String
  let recipe: Recipe
  let names: OutputNames
  /// The number of the shard; nil for an index.
  let shard: Int?
  /// Whether to read labels and coordinates too, or only what the HDF5 library provides.
  let comparesNumbers: Bool
  private(set) var faults: [DatasetVerdict.BadFile] = []

  init(of path: String, recipe: Recipe, names: OutputNames, shard: Int?, comparingNumbers: Bool = true) {
    self.path = path
    self.recipe = recipe
    self.names = names
    self.shard = shard
    comparesNumbers = comparingNumbers
    do throws(DatasetError) {
      let bytes = try OpenedFile(path)
      let file = try HDF5File(reading: path)
      checkAttributes(HDF5Attributes(of: file))
      checkDatasets(in: file, bytes)
    } catch {
      add(.unreadable, nil, error.message)
    }
  }

  /// The faults of an unreadable file's attributes and datasets, which are more specific than "unreadable"; empty if
  /// the HDF5 library cannot open it.
  static func faults(
    ofUnreadable path: String, _ identity: StoredIdentity?, recipe: Recipe, names: OutputNames, shard: Int?,
    comparingNumbers: Bool = true
  ) -> [DatasetVerdict.BadFile] {
    guard let identity, identity.kind != nil, identity.opens else { return [] }
    return StructureCheck(of: path, recipe: recipe, names: names, shard: shard, comparingNumbers: comparingNumbers)
      .faults
  }

  mutating func add(_ problem: DatasetVerdict.BadFile.Problem, _ name: String?, _ message: String) {
    faults.append(.init(file: path, shard: shard, problem: problem, name: name, message: message))
  }

  private mutating func checkAttributes(_ root: HDF5Attributes) {
    // The stored embedding is only checked for plausibility.
    var embedding: Embedding?
    do throws(DatasetError) {
      embedding = try StoredEmbedding.read(root, of: recipe)
    } catch {
      add(.attribute, "embedding", error.message)
    }
    let attributes = ShardSchema.attributes(
      of: recipe, shardCount: names.shardCount, shard: shard, embedding: embedding)
    for (name, value) in attributes {
      switch value {
      case .integer(let value): check(name, value, root.integer)
      case .integers(let values):
        check(name, values) { name throws(DatasetError) in try root.integers(name, count: values.count) }
      case .double(let value): check(name, [value]) { name throws(DatasetError) in try root.doubles(name, count: 1) }
      case .unsigned(let value): check(name, Int(clamping: value), root.integer)
      case .string(let value): check(name, value, root.string)
      case .doubles(let values):
        check(name, values) { name throws(DatasetError) in try root.doubles(name, count: values.count) }
      case .strings(let values):
        check(name, values) { name throws(DatasetError) in try root.strings(name, count: values.count) }
      }
    }
  }

  private mutating func check<Value: Equatable>(
    _ name: String, _ expected: Value, _ read: (String) throws(DatasetError) -> Value
  ) {
    do throws(DatasetError) {
      let found = try read(name)
      guard found != expected else { return }
      add(.attribute, name, "\(path): attribute \(name) is \(brief(found)), expected \(brief(expected))")
    } catch {
      add(.attribute, name, error.message)
    }
  }

  /// A value shortened for a message, such as a thousand class names.
  private func brief<Value>(_ value: Value) -> String {
    let text = "\(value)"
    return text.count > 200 ? text.prefix(200) + " …" : text
  }
}
