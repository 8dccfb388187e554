import Documents
import Foundation
import GaussianField

/// The contents of a file, as text and as JSON (`schemas/inspect.schema.json`).
public struct Inspection: Encodable, Sendable {
  let file: String
  let kind: String
  let partial: Bool
  let bytes: Int
  let formatVersion: Int
  let bytesVersion: Int
  let datasetHash: String
  let recipe: Recipe
  let samples: Samples
  let classes: [ClassValues]
  /// The torus that open textures are windows of.
  let embedding: Embedding?
  let image: Image?
  /// The summary of an existing certificate.
  let certificate: InspectedCertificate?
  let shardIndex: Int?
  let shardCount: Int
  let shards: [Shard]

  struct Samples: Encodable, Sendable {
    let first: Int
    let count: Int
    let finished: Int
  }

  struct ClassValues: Encodable, Sendable {
    let index: Int
    let name: String
    /// Nil where a covariance has no length scale, or one that is drawn for every sample.
    let lengthScales: [Double?]
    let samples: Int
  }

  /// The position of the pixels, for reading without the HDF5 library.
  struct Image: Encodable, Sendable {
    let offset: Int
    let bytesPerSample: Int
  }

  struct Shard: Encodable, Sendable {
    let file: String
    let first: Int
    let count: Int
    let state: State

    enum State: String, Encodable {
      case finished, damaged, foreign, unfinished, missing
    }

    init(_ shard: DatasetFiles.Shard, of names: OutputNames, recipe: Recipe) {
      let samples = names.samples(ofShard: shard.number, total: recipe.samples)
      file = shard.path
      first = samples.lowerBound
      count = samples.count
      if access(file, F_OK) == 0 {
        state = Self.state(ofFile: file, shard: shard.number, names, recipe)
      } else {
        state = access(OutputNames.partial(file), F_OK) == 0 ? .unfinished : .missing
      }
    }

    private static func state(ofFile file: String, shard: Int, _ names: OutputNames, _ recipe: Recipe) -> State {
      if let header = try? ShardHeader(reading: file) {
        return header.difference(from: recipe, names: names, shard: shard) == nil ? .finished : .foreign
      }
      // An unreadable file counts as damaged unless its recipe is another one.
      var status = stat()
      guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return .foreign }
      let stored = StoredIdentity(reading: file)?.recipe
      return stored == nil || stored == recipe ? .damaged : .foreign
    }
  }

  /// Inspects a shard or an index, finished or not. Blocks while it reads headers and checksums.
  public init(of path: String) throws(DatasetError) {
    try Unfinished.refuseEmpty(path)
    let header = try ShardHeader(reading: path)
    let recipe = header.recipe
    var status = stat()
    guard stat(path, &status) == 0 else { throw .system("\(path): cannot read") }
    file = path
    partial = path.hasSuffix(OutputNames.partialEnding)
    kind = header.kind.rawValue
    bytes = Int(status.st_size)
    formatVersion = recipe.formatVersion
    bytesVersion = header.bytesVersion
    datasetHash = recipe.datasetHash
    self.recipe = recipe
    samples = Samples(
      first: header.samples.lowerBound, count: header.samples.count,
      finished: try SampleFile(header).finishedCount())
    classes = (0..<recipe.classCount).map { index in
      // Counts the samples i of the file with i mod classes = index.
      let before = { (end: Int) in (end - index + recipe.classCount - 1) / recipe.classCount }
      return ClassValues(
        index: index, name: recipe.className(index),
        lengthScales: recipe.lengthScales(ofClass: index).map { $0.isNaN ? nil : $0 },
        samples: before(header.samples.upperBound) - before(header.samples.lowerBound))
    }
    shardIndex = header.kind == .shard ? header.shardIndex : nil
    embedding = header.embedding
    image =
      header.kind == .shard
      ? Image(offset: header.layout.imageOffset, bytesPerSample: header.layout.bytesPerSample) : nil
    shardCount = header.shardCount
    certificate = InspectedCertificate(of: header)
    guard header.kind == .index else {
      shards = []
      return
    }
    // The shards of an unfinished index are named after it, too.
    let finalPath = OutputNames.final(path)
    let dataset = partial ? DatasetFiles(index: finalPath, shardCount: header.shardCount) : try DatasetFiles(path)
    shards = dataset.shards.map { Shard($0, of: dataset.names, recipe: recipe) }
  }

  /// The inspection as JSON.
  public var json: String { encodedAsJSON }

  /// The inspection as readable text.
  public var text: String {
    var lines = [
      "file         \(file), \(byteText(bytes))\(partial ? ", unfinished" : "")",
      "kind         \(kindText)",
      "samples      \(samples.count)\(samples.count == recipe.samples ? "" : " of \(recipe.samples), from \(samples.first)")"
        + (samples.finished < samples.count ? ", \(samples.finished) finished" : ""),
      "textures     \(recipe.field.shape), \(recipe.dtype), \(recipe.field.familyNames.joined(separator: ", ")), "
        + "\(recipe.field.boundary)"
        + (recipe.standardize ? ", standardized" : "") + recipe.finishText,
    ]
    if let embedding { lines.append("embedding    \(embedding.text)") }
    let isPlain = RecipeDocument(recipe).candidates == nil
    for (index, scale) in recipe.field.scales.enumerated() {
      let candidates = scale.candidates.map { isPlain ? $0.lengthScale?.shortest ?? $0.description : $0.description }
        .joined(
          separator: ", ")
      lines.append(
        "scale \(index)      "
          + (isPlain ? "length scales \(candidates) px" : candidates) + ", weight \(scale.weight.shortest)")
    }
    lines += [
      "seed         \(recipe.seed)", "hash         \(datasetHash)",
      "versions     format \(formatVersion), bytes \(bytesVersion)", "classes      \(classes.count)",
    ]
    if let certificate { lines.insert("certificate  \(certificate.text)", at: lines.count - 1) }
    for entry in classes.prefix(16) {
      lines.append("  \(entry.index)  \(entry.name)  \(counted(entry.samples, "sample"))")
    }
    if classes.count > 16 { lines.append("  … and \(classes.count - 16) more") }
    for shard in shards where shard.state != .finished {
      lines.append(shard.state.rawValue.padding(toLength: 13, withPad: " ", startingAt: 0) + shard.file)
    }
    return lines.joined(separator: "\n")
  }

  private var kindText: String {
    if let shardIndex { return shardCount == 1 ? "shard, the whole dataset" : "shard \(shardIndex) of \(shardCount)" }
    return "index of \(shardCount) shards, \(shards.count { $0.state == .finished }) finished"
  }
}
