import Foundation
import GaussianField

/// What a finished or partial shard, or an index, says of itself, checked as far as reading pixels needs it.
public struct ShardHeader: Sendable {
  /// The kinds of file.
  public enum Kind: String, Sendable {
    /// Holds pixels.
    case shard
    /// Holds all but the pixels, which are in its shards.
    case index

    /// - Parameter format: the attribute of that name.
    init?(format: String) {
      switch format {
      case ShardStructure.shardFormat: self = .shard
      case ShardStructure.indexFormat: self = .index
      default: return nil
      }
    }
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
  /// The torus that open textures are windows of; nil of periodic ones, and where the file does not say.
  public let embedding: Embedding?
  /// Where the pixels, checksums and labels are.
  let layout: ShardLayout

  /// Where the pixels begin in a shard's file, in bytes.
  package var pixelOffset: Int { layout.imageOffset }

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
    guard let kind = Kind(format: format) else {
      throw DatasetError(.invalidFile, "\(path): format is \"\(format)\"; expected \(ShardStructure.shardFormat)")
    }
    self.kind = kind
    let version = try root.integer("format_version")
    guard ShardStructure.formatVersions.contains(version) else {
      throw DatasetError(
        .unsupportedVersion,
        "\(path): format version \(version), this gpgen reads versions up to \(ShardStructure.formatVersions.upperBound); use the gpgen that made it"
      )
    }
    bytesVersion = try root.integer("bytes_version")
    let stored = try StoredRecipe(try root.string("recipe"))
    recipe = stored.recipe
    guard try root.string("dataset_hash") == stored.hash else {
      throw DatasetError(.invalidFile, "\(path): dataset_hash is not the SHA-256 of the recipe; the header is damaged")
    }
    guard version == recipe.formatVersion else {
      throw DatasetError(
        .invalidFile,
        "\(path): format version \(version), and its recipe takes \(recipe.formatVersion); the header is damaged")
    }
    embedding = try StoredEmbedding.read(root, of: recipe)
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

    // The library would take seconds and a gigabyte to open a view of very many shards, and gpgen does not need it.
    if kind == .index { try file.requireOwn(recipe.field.shape.name) }
    let schema = ShardSchema(recipe, samples: samples)
    layout = try ShardLayout(of: schema, hasPixels: kind == .shard) { entry throws(DatasetError) in
      try HDF5Dataset(opening: entry.name, in: file).place(of: entry, fileSize: size)
    }
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

  /// The stored checksums, one for each sample of the file.
  func checksums() throws(DatasetError) -> [UInt32] { try SampleFile(self).checksums() }
}
