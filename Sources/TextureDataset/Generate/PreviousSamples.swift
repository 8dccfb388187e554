/// The samples of a finished dataset that grows. Its shards remain unchanged until the larger dataset replaces them.
struct PreviousSamples: Sendable {
  private let shards: [SampleFile]

  /// Opens the shards. Call it after locking the partial files that replace them.
  ///
  /// - Parameter headers: of the dataset's existing shards.
  /// - Throws: ``DatasetError`` with code `.outputLocked` if another process has replaced a shard since its header was
  ///   read.
  init(_ headers: [ShardHeader]) throws(DatasetError) {
    var shards: [SampleFile] = []
    for header in headers {
      shards.append(try SampleFile(header))
      guard try ShardHeader(reading: header.path).recipe == header.recipe else {
        throw DatasetError(
          .outputLocked, "\(header.path): another process has just replaced it; run the command again")
      }
    }
    self.shards = shards
  }

  /// Copies a sample's pixels, and then its checksum if they match it.
  ///
  /// - Returns: whether the sample exists and is intact; if not, it must be generated.
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
