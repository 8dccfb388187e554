import Foundation

/// The samples of a finished dataset that grows: its shards, which stay as they are until the larger dataset replaces
/// them.
struct FormerSamples: Sendable {
  private struct Shard: Sendable {
    let header: ShardHeader
    let pixels: PixelSource
  }

  private let shards: [Shard]

  /// Opens the shards, once the partial files that replace them are locked.
  ///
  /// - Parameter headers: of the dataset's shards that are there.
  /// - Throws: ``DatasetError`` with code `.outputLocked` where another process has replaced one since its header was
  ///   read: its samples are others, at other places.
  init(_ headers: [ShardHeader]) throws(DatasetError) {
    var shards: [Shard] = []
    for header in headers {
      shards.append(Shard(header: header, pixels: try PixelSource(path: header.path, layout: header)))
      guard try ShardHeader(reading: header.path).recipe == header.recipe else {
        throw DatasetError(
          .outputLocked, "\(header.path): another process has just replaced it; run the command once more")
      }
    }
    self.shards = shards
  }

  /// Copies a sample's pixels, and then its checksum if they match it.
  ///
  /// - Returns: whether the sample is there and intact; if it is not, it has to be made.
  func copy(_ sample: Int, to writer: ShardWriter, shouldContinue: () -> Bool) throws(DatasetError) -> Bool {
    guard let pixels = shards.first(where: { $0.header.samples.contains(sample) })?.pixels,
      let stored = pixels.storedChecksum(of: sample)
    else { return false }
    let copied = try pixels.checksum(ofPixels: sample) { piece, offset throws(DatasetError) in
      guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      try writer.write(piece, sample: sample, at: offset)
    }
    guard copied == stored else { return false }
    try writer.write(checksum: stored, sample: sample)
    return true
  }

  /// The first sample whose pixels match their checksum.
  func firstIntact(shouldContinue: () -> Bool) throws(DatasetError) -> StoredSample? {
    for shard in shards {
      for sample in shard.header.samples {
        guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
        guard let stored = shard.pixels.storedChecksum(of: sample),
          try shard.pixels.checksum(ofPixels: sample) == stored
        else { continue }
        return StoredSample(path: shard.header.path, sample: sample, checksum: stored)
      }
    }
    return nil
  }
}

/// A sample as a file has it.
struct StoredSample: Sendable {
  let path: String
  let sample: Int
  let checksum: UInt32
}
