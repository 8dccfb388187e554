import Foundation
import GaussianField

/// Reads a dataset's textures: from one shard, from the shards of an index, or from a folder of shards.
public struct DatasetReader: Sendable {
  /// The header of the file that was opened; of a folder without an index, its first shard's.
  public let header: ShardHeader
  /// The samples that can be read, in the whole dataset.
  public let samples: Range<Int>
  /// The shards that hold its samples, in order.
  public let shards: [ShardHeader]

  /// Opens a shard, an index, or a folder that holds the shards of one dataset, with or without its index. The shards
  /// must all be there and belong together.
  ///
  /// - Throws: ``DatasetError``; `.missingShard` names each shard that is missing.
  public init(_ path: String) throws(DatasetError) {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      try self.init(folder: path)
    } else {
      try self.init(file: path)
    }
  }

  private init(file path: String) throws(DatasetError) {
    let header = try ShardHeader(reading: path)
    self.header = header
    samples = header.samples
    guard header.kind == .index else {
      shards = [header]
      return
    }
    let names = OutputNames(path: path, shardCount: header.shardCount)
    let missing = (0..<header.shardCount).map { names.shard($0) }.filter { access($0, F_OK) != 0 }
    guard missing.isEmpty else {
      throw DatasetError(
        .missingShard,
        "\(path): \(missing.count) of \(header.shardCount) shards are missing: \(missing.prefix(20).joined(separator: ", "))"
      )
    }
    var shards: [ShardHeader] = []
    for shard in 0..<header.shardCount {
      let found = try ShardHeader(reading: names.shard(shard))
      if let difference = found.difference(from: header.recipe, names: names, shard: shard) {
        throw DatasetError(.invalidFile, "\(found.path): does not belong to \(path): \(difference)")
      }
      shards.append(found)
    }
    self.shards = shards
  }

  private init(folder: String) throws(DatasetError) {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    var shards: [ShardHeader] = []
    for name in names where name.hasSuffix(".h5") {
      let header = try ShardHeader(reading: (folder.hasSuffix("/") ? folder : folder + "/") + name)
      if header.kind == .shard { shards.append(header) }
    }
    shards.sort { $0.shardIndex < $1.shardIndex }
    guard let first = shards.first else {
      throw DatasetError(.missingShard, "\(folder): holds no shards; expected files that end in .h5, made by gpgen")
    }
    for shard in shards where shard.recipe != first.recipe || shard.shardCount != first.shardCount {
      throw DatasetError(
        .invalidFile, "\(folder): holds several datasets: \(first.path) and \(shard.path); name the file that is meant")
    }
    let found = shards.map(\.shardIndex)
    guard found == Array(0..<first.shardCount) else {
      let missing = Set(0..<first.shardCount).subtracting(found).sorted()
      throw DatasetError(
        .missingShard,
        missing.isEmpty
          ? "\(folder): holds a shard twice"
          : "\(folder): shards \(missing.prefix(20).map(String.init).joined(separator: ", ")) of \(first.shardCount) are missing"
      )
    }
    header = first
    samples = 0..<first.recipe.samples
    self.shards = shards
  }

  /// The dataset's recipe.
  public var recipe: Recipe { header.recipe }

  /// Reads a sample in bands of rows, float16 widened, past the HDF5 library.
  ///
  /// - Parameters:
  ///   - sample: the sample's index in the whole dataset, among ``samples``.
  ///   - receive: called for each band, shape (rows, n), from the top down.
  public func read(
    sample: Int, receive: (UnsafeBufferPointer<Float>) -> Void
  ) throws(DatasetError) {
    guard let shard = shards.first(where: { $0.samples.contains(sample) }) else {
      throw DatasetError(.invalidFile, "\(header.path): has no sample \(sample); it holds \(samples)")
    }
    // Of many shards, only the one that is read is opened.
    let reader = try PixelReader([shard], of: recipe)
    let side = recipe.side
    let rows = max(1, (1 << 20) / side)
    let pixels = AlignedBuffer<Float>(count: rows * side)
    let halves = AlignedBuffer<UInt16>(count: recipe.dtype == .float16 ? rows * side : 0)
    for y in stride(from: 0, to: side, by: rows) {
      let band = y..<min(y + rows, side)
      try reader.read(
        sample: sample, rows: band, into: pixels.pointer, halves: recipe.dtype == .float16 ? halves.pointer : nil)
      receive(UnsafeBufferPointer(start: pixels.pointer, count: band.count * side))
    }
  }
}
