import Foundation
import GaussianField

/// Reads a dataset's textures: from one shard, or from the shards of an index.
public struct DatasetReader: Sendable {
  /// The header of the file that was opened.
  public let header: ShardHeader
  /// The shards that hold its samples, in order.
  public let shards: [ShardHeader]

  /// Opens a shard or an index; an index's shards must all be there and belong to it.
  ///
  /// - Throws: ``DatasetError``; `.missingShard` names each shard that is missing.
  public init(_ path: String) throws(DatasetError) {
    let header = try ShardHeader(reading: path)
    self.header = header
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

  /// The dataset's recipe.
  public var recipe: Recipe { header.recipe }

  /// Reads a sample in bands of rows, float16 widened, past the HDF5 library.
  ///
  /// - Parameters:
  ///   - sample: the sample's index in the whole dataset, among ``header``'s samples.
  ///   - receive: called for each band, shape (rows, n), from the top down.
  public func read(
    sample: Int, receive: (UnsafeBufferPointer<Float>) -> Void
  ) throws(DatasetError) {
    guard let shard = shards.first(where: { $0.samples.contains(sample) }) else {
      throw DatasetError(.invalidFile, "\(header.path): has no sample \(sample); it holds \(header.samples)")
    }
    let file = try OpenedFile(shard.path)
    let (side, type) = (recipe.side, recipe.dtype)
    let rows = max(1, (1 << 20) / side)
    let bytes = AlignedBuffer<UInt8>(count: rows * side * type.size)
    let pixels = AlignedBuffer<Float>(count: rows * side)
    let start = shard.imageOffset + (sample - shard.samples.lowerBound) * side * side * type.size
    for y in stride(from: 0, to: side, by: rows) {
      let count = min(rows, side - y) * side
      try file.read(
        UnsafeMutableRawBufferPointer(start: bytes.pointer, count: count * type.size),
        at: start + y * side * type.size)
      let raw = UnsafeRawPointer(bytes.pointer)
      for i in 0..<count {
        switch type {
        case .float32: pixels.pointer[i] = raw.load(fromByteOffset: 4 * i, as: Float.self)
        case .float16: pixels.pointer[i] = Float(raw.load(fromByteOffset: 2 * i, as: Float16.self))
        }
      }
      receive(UnsafeBufferPointer(start: pixels.pointer, count: count))
    }
  }
}
