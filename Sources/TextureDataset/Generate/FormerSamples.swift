/// The samples of a finished dataset that grows: its shards, which stay as they are until the larger dataset replaces
/// them.
struct FormerSamples: Sendable {
  private let shards: [SampleFile]

  /// Opens the shards, once the partial files that replace them are locked.
  ///
  /// - Parameter headers: of the dataset's shards that are there.
  /// - Throws: ``DatasetError`` with code `.outputLocked` where another process has replaced one since its header was
  ///   read: its samples are others, at other places.
  init(_ headers: [ShardHeader]) throws(DatasetError) {
    var shards: [SampleFile] = []
    for header in headers {
      shards.append(try SampleFile(header))
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
    guard let shard = shards.first(where: { $0.samples.contains(sample) }) else { return false }
    return try writer.copy(sample, from: shard, shouldContinue: shouldContinue)
  }

  /// The first sample whose pixels match their checksum.
  func firstIntact(shouldContinue: () -> Bool) throws(DatasetError) -> StoredSample? {
    for shard in shards {
      if let sample = try shard.firstIntactSample(shouldContinue: shouldContinue) { return sample }
    }
    return nil
  }
}
