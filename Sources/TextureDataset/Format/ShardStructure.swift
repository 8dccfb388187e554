import Foundation
import GaussianField

/// Writes the files of a dataset without their pixels; `schemas/shard.md` describes them.
enum ShardStructure {
  /// The supported versions of the format.
  static let formatVersions = 1...2
  /// Increased only if the same recipe would give different bytes.
  static let bytesVersion = 1
  static let shardFormat = "gpgen-shard"
  static let indexFormat = "gpgen-index"

  /// Writes a shard without its pixels and checksums, for which it allocates space.
  ///
  /// - Parameter embedding: for open textures.
  /// - Returns: the offsets of the data to be written.
  static func createShard(
    at path: String, recipe: Recipe, names: OutputNames, shard: Int, embedding: Embedding?
  ) throws(DatasetError) -> ShardLayout {
    let schema = ShardSchema(recipe, samples: names.samples(ofShard: shard, total: recipe.samples))
    let file = try HDF5File(creating: path)
    try writeAttributes(of: recipe, names: names, shard: shard, embedding, to: file)
    let datasets = try write(schema, to: file)
    let layout = try ShardLayout(of: schema) { entry throws(DatasetError) in
      guard let dataset = datasets[entry.name] else { preconditionFailure("\(entry.name) has been written") }
      return try dataset.handle.offset
    }
    try file.close()
    return layout
  }

  /// Writes an index over shards that hold `checksums`, one for each sample.
  ///
  /// - Parameters:
  ///   - files: the shards' files in order, if they are not named after the dataset.
  ///   - embedding: for open textures.
  static func createIndex(
    at path: String, recipe: Recipe, names: OutputNames, files: [String]? = nil, checksums: [UInt32],
    embedding: Embedding?
  ) throws(DatasetError) {
    let schema = ShardSchema(recipe, samples: 0..<recipe.samples, checksums: checksums)
    let sources = (0..<names.shardCount).map { shard in
      HDF5Dataset.VirtualSource(
        file: sourceName(of: files?[shard] ?? names.shard(shard)), dataset: "/" + schema.image.name,
        range: names.samples(ofShard: shard, total: recipe.samples))
    }
    let file = try HDF5File(creating: path)
    try writeAttributes(of: recipe, names: names, shard: nil, embedding, to: file)
    _ = try write(schema, to: file, sources: sources)
    try file.close()
  }

  /// The name by which an index refers to a shard: without the folder, and with per cent signs escaped for the library.
  static func sourceName(of path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return file.replacingOccurrences(of: "%", with: "%%")
  }

  private static func writeAttributes(
    of recipe: Recipe, names: OutputNames, shard: Int?, _ embedding: Embedding?, to file: borrowing HDF5File
  ) throws(DatasetError) {
    let root = HDF5Attributes(of: file)
    let attributes = ShardSchema.attributes(
      of: recipe, shardCount: names.shardCount, shard: shard, embedding: embedding)
    for (name, value) in attributes {
      switch value {
      case .integer(let value): try root.write(name, [Int64(value)], as: .int64, scalar: true)
      case .integers(let values): try root.write(name, values.map { Int64($0) }, as: .int64)
      case .double(let value): try root.write(name, [value], as: .float64, scalar: true)
      case .unsigned(let value): try root.write(name, [value], as: .uint64, scalar: true)
      case .doubles(let values): try root.write(name, values, as: .float64)
      case .string(let value): try root.write(name, value)
      case .strings(let values): try root.write(name, values)
      }
    }
  }

  /// A dataset that stays open until the file is complete.
  private final class OpenDataset {
    let handle: HDF5Dataset

    init(_ handle: consuming HDF5Dataset) { self.handle = handle }
  }

  /// - Parameter sources: the shards whose pixels an index shows.
  /// - Returns: the datasets by name.
  private static func write(
    _ schema: ShardSchema, to file: borrowing HDF5File, sources: [HDF5Dataset.VirtualSource] = []
  ) throws(DatasetError) -> [String: OpenDataset] {
    var datasets: [String: OpenDataset] = [:]
    for entry in schema.datasets {
      let dataset = try HDF5Dataset(
        creating: entry.name, in: file, type: entry.type, shape: entry.shape,
        sources: entry.name == schema.image.name ? sources : [])
      try entry.forEachPiece { rows, bytes throws(DatasetError) in
        try dataset.write(bytes, rows: rows, of: entry.shape, as: entry.type)
      }
      if entry.isCoordinate { try dataset.makeDimensionScale(named: entry.name) }
      let attributes = HDF5Attributes(of: dataset)
      try attributes.write("long_name", entry.longName)
      if let units = entry.units { try attributes.write("units", units) }
      datasets[entry.name] = OpenDataset(dataset)
    }
    for entry in schema.datasets where !entry.isCoordinate {
      for (index, axis) in entry.axes.enumerated() {
        guard let dataset = datasets[entry.name], let scale = datasets[axis.name] else { continue }
        try dataset.handle.attach(scale.handle, toAxis: index)
      }
    }
    return datasets
  }

  /// The size of a sample's pixels, in bytes.
  static func bytesPerSample(of recipe: Recipe) -> Int { ShardSchema(recipe, samples: 0..<1).image.bytesPerRow }

  /// Estimated size of a shard of `count` samples, in bytes; a lower bound.
  static func bytes(of recipe: Recipe, samples count: Int) throws(DatasetError) -> Int {
    let schema = ShardSchema(recipe, samples: 0..<count)
    let (pixels, overflow) = schema.image.bytesPerRow.multipliedReportingOverflow(by: count)
    guard !overflow, pixels < 1 << 60 else {
      throw DatasetError(
        .invalidRecipe, "\(count) samples of \(recipe.field.shape) pixels are more than a file can hold")
    }
    return pixels + schema.bytesBesidePixels
  }

  /// Estimated size of an index, which holds everything except the pixels, in bytes; a lower bound.
  static func indexBytes(of recipe: Recipe) -> Int {
    ShardSchema(recipe, samples: 0..<recipe.samples).bytesBesidePixels
  }
}
