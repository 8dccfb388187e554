import Foundation

/// What a shard and an index hold beside their pixels; `schemas/shard.md` has it in words.
enum ShardStructure {
  /// The layout's version; files of another are refused.
  static let formatVersion = 1
  /// Raised only when the same recipe would give other bytes.
  static let bytesVersion = 1
  static let shardFormat = "gpgen-shard"
  static let indexFormat = "gpgen-index"

  /// Writes a whole shard but for the pixels and the checksums, whose places in the file are fixed and hold nothing.
  static func createShard(at path: String, recipe: Recipe, names: OutputNames, shard: Int) throws(DatasetError) {
    let samples = names.samples(ofShard: shard, total: recipe.samples)
    let file = try HDF5File(creating: path)
    try writeAttributes(of: file, format: shardFormat, recipe: recipe, shardCount: names.shardCount)
    try HDF5Attributes(of: file).write("shard_index", [Int64(shard)], as: .int64, scalar: true)
    try writeDatasets(in: file, recipe: recipe, samples: samples, checksums: nil, sources: [])
    try file.close()
  }

  /// Writes an index over shards that hold `checksums`, one for each sample.
  ///
  /// - Parameter files: the shards' files, in order, where they have other names than the dataset's.
  static func createIndex(
    at path: String, recipe: Recipe, names: OutputNames, files: [String]? = nil, checksums: [UInt32]
  ) throws(DatasetError) {
    let file = try HDF5File(creating: path)
    try writeAttributes(of: file, format: indexFormat, recipe: recipe, shardCount: names.shardCount)
    let sources = (0..<names.shardCount).map { shard in
      HDF5Dataset.VirtualSource(
        file: sourceName(of: files?[shard] ?? names.shard(shard)), dataset: "/image",
        range: names.samples(ofShard: shard, total: recipe.samples))
    }
    try writeDatasets(
      in: file, recipe: recipe, samples: 0..<recipe.samples, checksums: checksums, sources: sources)
    try file.close()
  }

  /// How an index names a shard: without its folder, and so that the library reads no pattern in a per cent sign.
  static func sourceName(of path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return file.replacingOccurrences(of: "%", with: "%%")
  }

  private static func writeAttributes(
    of file: borrowing HDF5File, format: String, recipe: Recipe, shardCount: Int
  ) throws(DatasetError) {
    let root = HDF5Attributes(of: file)
    try root.write("format", format)
    try root.write("format_version", [Int64(formatVersion)], as: .int64, scalar: true)
    try root.write("bytes_version", [Int64(bytesVersion)], as: .int64, scalar: true)
    try root.write("recipe", recipe.canonicalJSON)
    try root.write("dataset_hash", recipe.datasetHash)
    try root.write("seed", [recipe.seed], as: .uint64, scalar: true)
    try root.write("weight", recipe.weights, as: .float64)
    try root.write("class_name", (0..<recipe.classCount).map { recipe.className($0) })
    try root.write("sample_count", [Int64(recipe.samples)], as: .int64, scalar: true)
    try root.write("shard_count", [Int64(shardCount)], as: .int64, scalar: true)
  }

  private static func writeDatasets(
    in file: borrowing HDF5File, recipe: Recipe, samples: Range<Int>, checksums: [UInt32]?,
    sources: [HDF5Dataset.VirtualSource]
  ) throws(DatasetError) {
    let (count, side, scales) = (samples.count, recipe.side, recipe.lengthScales.count)
    let sample = try coordinate("sample", samples, "index of the sample in the whole dataset", in: file)
    let scale = try coordinate("scale", 0..<scales, "scale of the texture", in: file)
    let y = try coordinate("y", 0..<side, "row", units: "pixel", in: file)
    let x = try coordinate("x", 0..<side, "column", units: "pixel", in: file)

    let image = try HDF5Dataset(
      creating: "image", in: file, type: recipe.dtype.elementType, shape: [count, side, side], sources: sources)
    try describe(image, "texture")
    let label = try HDF5Dataset(creating: "label", in: file, type: .int64, shape: [count])
    try label.write(samples.map { Int64(recipe.classIndex(ofSample: $0)) }, as: .int64)
    try describe(label, "index of the class")
    let scaleLabel = try HDF5Dataset(creating: "scale_label", in: file, type: .int64, shape: [count, scales])
    try scaleLabel.write(
      samples.flatMap { recipe.choices(ofClass: recipe.classIndex(ofSample: $0)).map { Int64($0) } }, as: .int64)
    try describe(scaleLabel, "index of the length scale among the scale's candidates")
    let lengthScale = try HDF5Dataset(creating: "length_scale", in: file, type: .float32, shape: [count, scales])
    try lengthScale.write(
      samples.flatMap { recipe.lengthScales(ofClass: recipe.classIndex(ofSample: $0)).map { Float($0) } },
      as: .float32)
    try describe(lengthScale, "length scale l of the covariance exp(-r^2 / (2 l^2))", units: "pixel")
    let checksum = try HDF5Dataset(creating: "crc32c", in: file, type: .uint32, shape: [count])
    if let checksums { try checksum.write(checksums, as: .uint32) }
    try describe(checksum, "CRC-32C of the sample's image bytes")

    try image.attach(sample, toAxis: 0)
    try image.attach(y, toAxis: 1)
    try image.attach(x, toAxis: 2)
    try label.attach(sample, toAxis: 0)
    try scaleLabel.attach(sample, toAxis: 0)
    try scaleLabel.attach(scale, toAxis: 1)
    try lengthScale.attach(sample, toAxis: 0)
    try lengthScale.attach(scale, toAxis: 1)
    try checksum.attach(sample, toAxis: 0)
  }

  private static func coordinate(
    _ name: String, _ values: Range<Int>, _ longName: String, units: String? = nil, in file: borrowing HDF5File
  ) throws(DatasetError) -> HDF5Dataset {
    let dataset = try HDF5Dataset(creating: name, in: file, type: .int64, shape: [values.count])
    try dataset.write(values.map { Int64($0) }, as: .int64)
    try dataset.makeDimensionScale(named: name)
    try describe(dataset, longName, units: units)
    return dataset
  }

  private static func describe(
    _ dataset: borrowing HDF5Dataset, _ longName: String, units: String? = nil
  ) throws(DatasetError) {
    let attributes = HDF5Attributes(of: dataset)
    try attributes.write("long_name", longName)
    if let units { try attributes.write("units", units) }
  }

  /// The bytes of a sample's pixels.
  static func bytesPerSample(of recipe: Recipe) -> Int { recipe.side * recipe.side * recipe.dtype.elementType.bytes }

  /// About what a shard of `count` samples takes on the disk; at least.
  static func bytes(of recipe: Recipe, samples count: Int) throws(DatasetError) -> Int {
    let scales = recipe.lengthScales.count
    let (bytes, overflow) = (bytesPerSample(of: recipe) + 20 + 12 * scales).multipliedReportingOverflow(by: count)
    guard !overflow, bytes < 1 << 60 else {
      throw DatasetError(
        .invalidRecipe, "\(count) samples of \(recipe.side) x \(recipe.side): more than a file can hold")
    }
    return bytes + 16 * recipe.side + 65536
  }

  /// About what an index takes on the disk, which holds all but the pixels; at least.
  static func indexBytes(of recipe: Recipe) -> Int { recipe.samples * (20 + 12 * recipe.scaleCount) + 65536 }
}

extension Recipe.DType {
  /// The pixels' type in the file.
  var elementType: HDF5ElementType {
    switch self {
    case .float32: .float32
    case .float16: .float16
    }
  }
}
