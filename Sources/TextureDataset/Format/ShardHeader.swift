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
  /// Where the labels begin, in bytes.
  let labelOffset: Int

  /// Reads and checks a file's structure; blocks while it reads. What follows it goes past the HDF5 library.
  ///
  /// The HDF5 library was not made for files that mean harm: some make it crash, and this with it. Whoever opens files
  /// of strangers does so in a process that may end, as the command line does.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidFile` where the file is not what it says; `.hdf5` or `.fileSystem`
  ///   where it cannot be read.
  public init(reading path: String) throws(DatasetError) {
    self.path = path
    var status = stat()
    guard stat(path, &status) == 0 else {
      let error = DatasetError.system("\(path): cannot read")
      guard access(OutputNames.partial(path), F_OK) == 0 else { throw error }
      throw Unfinished.error(partial: OutputNames.partial(path))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DatasetError(.invalidFile, "\(path): is not a file; expected a shard or an index made by gpgen")
    }
    guard status.st_size > 0 else { throw DatasetError(.invalidFile, "\(path): is empty") }
    let size = Int(status.st_size)
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
    guard (1...min(OutputNames.maximumShardCount, recipe.samples)).contains(shardCount),
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

    if kind == .index {
      // The library would take seconds and a gigabyte to open a view of very many shards, and gpgen does not need it.
      try file.requireOwn("image")
      imageOffset = 0
    } else {
      let image = try HDF5Dataset(opening: "image", in: file)
      let shape = [samples.count, recipe.side, recipe.side]
      imageOffset = try Self.place(of: image, recipe.dtype.elementType, shape, fileSize: size)
    }
    let checksum = try HDF5Dataset(opening: "crc32c", in: file)
    let label = try HDF5Dataset(opening: "label", in: file)
    checksumOffset = try Self.place(of: checksum, .uint32, [samples.count], fileSize: size)
    labelOffset = try Self.place(of: label, .int64, [samples.count], fileSize: size)
  }

  /// Where in the file a contiguous dataset begins, in bytes.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidFile` where type, shape or layout are others, or where elements lie
  ///   beyond the file's end.
  static func place(
    of dataset: borrowing HDF5Dataset, _ type: HDF5ElementType, _ shape: [Int], fileSize: Int
  ) throws(DatasetError) -> Int {
    switch try dataset.layout {
    case .contiguous: break
    case .external: throw DatasetError(.invalidFile, "\(dataset.name): lies in other files, which gpgen does not open")
    case .virtual:
      throw DatasetError(.invalidFile, "\(dataset.name): is a view of other files; expected the data themselves")
    case .other:
      throw DatasetError(
        .invalidFile, "\(dataset.name): is chunked or filtered; expected the contiguous layout that gpgen writes")
    }
    let found = (try dataset.elementType, try dataset.shape)
    guard found.0 == type, found.1 == shape else {
      throw DatasetError(
        .invalidFile,
        "\(dataset.name): is \(found.0.map { "\($0)" } ?? "of another type") \(found.1), expected \(type) \(shape)")
    }
    let offset = try dataset.offset
    var bytes = type.bytes
    for extent in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard !overflow else {
        throw DatasetError(.invalidFile, "\(dataset.name): \(shape) is more than a file can hold")
      }
      bytes = product
    }
    guard (0...fileSize).contains(offset), bytes <= fileSize - offset else {
      throw DatasetError(.invalidFile, "\(dataset.name): goes beyond the file's end; it was cut off")
    }
    return offset
  }

  /// Whether the HDF5 library has closed the file that it wrote: its last write of all takes back the mark, in the
  /// superblock's flags, that the file is open for writing. Where a kill came between, the structure can have every
  /// dataset and lack their attributes.
  func wasClosed() throws(DatasetError) -> Bool {
    var closed = true
    try OpenedFile(path).read(UInt8.self, count: 12, at: 0) { _, bytes in
      // Byte 8 is the version; from 2 on, byte 11 has the flags.
      closed = bytes[8] < 2 || bytes[11] == 0
      return true
    }
    return closed
  }

  /// Whether the labels are those of the recipe.
  func hasLabelsOfRecipe() throws(DatasetError) -> Bool {
    var holds = true
    try OpenedFile(path).read(Int64.self, count: samples.count, at: labelOffset) { first, labels in
      let start = samples.lowerBound + first
      holds = labels.indices.allSatisfy { Int64(recipe.classIndex(ofSample: start + $0)) == labels[$0] }
      return holds
    }
    return holds
  }

  /// Where a sample's pixels begin, in bytes; not for an index.
  func offset(ofSample sample: Int) -> Int {
    imageOffset + (sample - samples.lowerBound) * ShardStructure.bytesPerSample(of: recipe)
  }

  /// The stored checksums, one for each sample of the file.
  func checksums() throws(DatasetError) -> [UInt32] {
    var checksums: [UInt32] = []
    try readChecksums { _, piece in
      checksums += piece
      return true
    }
    return checksums
  }

  /// How many samples have a checksum.
  func finishedCount() throws(DatasetError) -> Int {
    var count = 0
    try readChecksums { _, piece in
      count += piece.count { $0 != 0 }
      return true
    }
    return count
  }

  /// The first sample that has not been made, by its index in the whole dataset.
  ///
  /// A checksum of 0 is the sign of such a sample, and of one finished sample in 2³²: that one's pixels have it.
  func firstUnfinishedSample() throws(DatasetError) -> Int? {
    var candidates: [Int] = []
    try readChecksums { before, checksums in
      for (index, checksum) in checksums.enumerated() where checksum == 0 {
        candidates.append(samples.lowerBound + before + index)
      }
      // More of them than chance would bring.
      return candidates.count < 16
    }
    guard !candidates.isEmpty else { return nil }
    let pixels = try PixelSource(path: path, layout: self)
    for sample in candidates where try pixels.checksum(ofPixels: sample) != 0 { return sample }
    return nil
  }

  /// Whether a sample has been made.
  func isFinished(sample: Int) throws(DatasetError) -> Bool {
    var checksum: UInt32 = 0
    let offset = checksumOffset + 4 * (sample - samples.lowerBound)
    try OpenedFile(path).read(UInt32.self, count: 1, at: offset) { _, piece in
      checksum = piece[0]
      return true
    }
    if checksum != 0 { return true }
    return try PixelSource(path: path, layout: self).checksum(ofPixels: sample) == 0
  }

  /// Reads the stored checksums piece by piece, since a file may hold more of them than memory does.
  ///
  /// - Parameter receive: called with the first sample of each piece, counted in the file; `false` ends the reading.
  func readChecksums(_ receive: (Int, UnsafeBufferPointer<UInt32>) -> Bool) throws(DatasetError) {
    try OpenedFile(path).read(UInt32.self, count: samples.count, at: checksumOffset, receive: receive)
  }
}
