import Foundation

/// What a finished or partial shard, or an index, says of itself, checked as far as reading pixels needs it.
public struct ShardHeader: Sendable {
  /// The kinds of file.
  public enum Kind: String, Sendable {
    /// Holds pixels.
    case shard
    /// Holds all but the pixels, which are in its shards.
    case index
  }

  /// The file.
  public let path: String
  /// A shard or an index.
  public let kind: Kind
  /// The whole dataset's recipe.
  public let recipe: Recipe
  /// The version of the program's bytes.
  public let bytesVersion: Int
  /// Which shard, from 0; 0 for an index.
  public let shardIndex: Int
  /// How many shards the dataset has.
  public let shardCount: Int
  /// The samples of the file, in the whole dataset.
  public let samples: Range<Int>
  /// Where the pixels begin, in bytes; 0 for an index.
  let imageOffset: Int
  /// Where the checksums begin, in bytes.
  let checksumOffset: Int

  /// Reads and checks a file's structure.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidFile` where the file is not what it says; `.hdf5` or `.fileSystem`
  ///   where it cannot be read.
  public init(reading path: String) throws(DatasetError) {
    self.path = path
    var status = stat()
    guard stat(path, &status) == 0 else {
      let error = DatasetError.system("\(path): cannot read")
      guard access(OutputNames.partial(path), F_OK) == 0 else { throw error }
      throw DatasetError(.invalidFile, "\(path): is unfinished: so far there is \(OutputNames.partial(path))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DatasetError(.invalidFile, "\(path): is not a file; expected a shard or an index made by gpgen")
    }
    guard status.st_size > 0 else { throw DatasetError(.invalidFile, "\(path): is empty") }
    let file = try HDF5File(reading: path)
    let root = HDF5Attributes(of: file)
    guard try root.has("format") else {
      throw DatasetError(.invalidFile, "\(path): is an HDF5 file without the attribute format; gpgen did not make it")
    }
    let format = try root.string("format")
    switch format {
    case ShardStructure.shardFormat: kind = .shard
    case ShardStructure.indexFormat: kind = .index
    default:
      throw DatasetError(.invalidFile, "\(path): format is \"\(format)\"; expected \(ShardStructure.shardFormat)")
    }
    let version = try root.integer("format_version")
    guard version == ShardStructure.formatVersion else {
      throw DatasetError(
        .unsupportedVersion,
        "\(path): format version \(version), this gpgen reads \(ShardStructure.formatVersion); use the gpgen that made it"
      )
    }
    bytesVersion = try root.integer("bytes_version")
    recipe = try Recipe(canonicalJSON: try root.string("recipe"))
    let hash = try root.string("dataset_hash")
    guard hash == recipe.datasetHash else {
      throw DatasetError(.invalidFile, "\(path): dataset_hash is not the SHA-256 of the recipe; the header is damaged")
    }
    shardCount = try root.integer("shard_count")
    shardIndex = kind == .shard ? try root.integer("shard_index") : 0
    guard (1...min(OutputNames.greatestShardCount, recipe.samples)).contains(shardCount),
      (0..<shardCount).contains(shardIndex), try root.integer("sample_count") == recipe.samples
    else {
      throw DatasetError(
        .invalidFile,
        "\(path): shard \(shardIndex) of \(shardCount) and the sample count do not fit; the header is damaged")
    }
    samples =
      kind == .index
      ? 0..<recipe.samples
      : OutputNames(path: path, shardCount: shardCount).samples(ofShard: shardIndex, total: recipe.samples)

    let image = try HDF5Dataset(opening: "image", in: file)
    let checksum = try HDF5Dataset(opening: "crc32c", in: file)
    try Self.check(image, recipe.dtype.elementType, [samples.count, recipe.side, recipe.side])
    try Self.check(checksum, .uint32, [samples.count])
    let contiguousChecksums = try checksum.isContiguous
    let contiguousImages = kind == .index ? true : try image.isContiguous
    guard contiguousChecksums, contiguousImages else {
      throw DatasetError(
        .invalidFile, "\(path): is chunked or filtered; expected the contiguous layout that gpgen writes")
    }
    checksumOffset = try checksum.offset
    imageOffset = kind == .index ? 0 : try image.offset
    let bytes = ShardStructure.bytesPerSample(of: recipe).multipliedReportingOverflow(by: samples.count)
    let size = Int(status.st_size)
    let fits = kind == .index || (!bytes.overflow && imageOffset <= size && bytes.partialValue <= size - imageOffset)
    guard fits, checksumOffset <= size, 4 * samples.count <= size - checksumOffset else {
      throw DatasetError(.invalidFile, "\(path): is shorter than its structure says; it was cut off")
    }
  }

  private static func check(
    _ dataset: borrowing HDF5Dataset, _ type: HDF5ElementType, _ shape: [Int]
  ) throws(DatasetError) {
    let found = (try dataset.elementType, try dataset.shape)
    guard found.0 == type, found.1 == shape else {
      throw DatasetError(
        .invalidFile,
        "\(dataset.name): is \(found.0.map { "\($0)" } ?? "of another type") \(found.1), expected \(type) \(shape)")
    }
  }

  /// Whether the labels are those of the recipe.
  func hasLabelsOfRecipe() throws(DatasetError) -> Bool {
    let file = try HDF5File(reading: path)
    let label = try HDF5Dataset(opening: "label", in: file)
    try Self.check(label, .int64, [samples.count])
    let values = try label.read(Int64.self, count: samples.count, as: .int64)
    return zip(samples, values).allSatisfy { Int64(recipe.classIndex(ofSample: $0)) == $1 }
  }

  /// Where a sample's pixels begin, in bytes; not for an index.
  func offset(ofSample sample: Int) -> Int {
    imageOffset + (sample - samples.lowerBound) * ShardStructure.bytesPerSample(of: recipe)
  }

  /// The stored checksums, one for each sample of the file.
  func checksums() throws(DatasetError) -> [UInt32] {
    let file = try HDF5File(reading: path)
    let dataset = try HDF5Dataset(opening: "crc32c", in: file)
    return try dataset.read(UInt32.self, count: samples.count, as: .uint32)
  }
}
