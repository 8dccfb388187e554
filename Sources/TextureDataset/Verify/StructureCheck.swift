import GaussianField

/// Checks all that a file has beside pixels and checksums against what ``ShardStructure`` writes.
///
/// Faults are gathered; what cannot be read is one of them.
struct StructureCheck {
  let path: String
  let recipe: Recipe
  let names: OutputNames
  /// Which shard the file is; none for an index.
  let shard: Int?
  /// Whether labels and coordinates are read too, or only what the HDF5 library has to tell.
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

  /// What the attributes and datasets of an unreadable file have to say, which tells more than that something keeps it from
  /// being read; nothing where the HDF5 library does not open it.
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
    // What a file says of its embedding is only checked for whether it can be.
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

  /// A value as a message has it: not a thousand names of classes.
  private func brief<Value>(_ value: Value) -> String {
    let text = "\(value)"
    return text.count > 200 ? text.prefix(200) + " …" : text
  }
}
