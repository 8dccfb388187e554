import Foundation
import GaussianField

/// An existing partial file of a shard that a run is to generate.
///
/// It is replaced only if it provably contains no samples. A read error proves nothing, and a single sample with a
/// matching checksum prevents replacement.
struct PartialShard {
  let path: String
  let recipe: Recipe
  let names: OutputNames
  let shard: Int
  /// For open textures.
  let embedding: Embedding?

  /// The header of a file that can be resumed; nil for one that contains no samples yet.
  ///
  /// - Throws: ``DatasetError`` with code `.outputExists` for a file of another dataset, `.invalidFile` for a damaged
  ///   file that contains samples, `.fileSystem` if the file cannot be read.
  func header() throws(DatasetError) -> ShardHeader? {
    var reason: DatasetError?
    do throws(DatasetError) {
      let found = try ShardHeader(reading: path)
      if try found.wasClosed(), try hasLabelsOfRecipe(found) {
        if let difference = found.difference(from: recipe, names: names, shard: shard) { throw foreign(difference) }
        return found
      }
    } catch {
      // Do not replace a file that another version made or that the system cannot read now.
      guard error.code == .hdf5 || error.code == .invalidFile else { throw error }
      reason = error
    }
    try refuseLoss(reason)
    return nil
  }

  /// Throws unless the file provably contains no samples.
  ///
  /// - Parameter reason: why its header cannot be read; rethrown if the bytes of the header are intact.
  func refuseLoss(_ reason: DatasetError?) throws(DatasetError) {
    let file = try OpenedFile(path)
    guard file.size > 0 else { return }
    let fresh = try FreshShard(shard, of: recipe, names: names, embedding: embedding)
    defer { withExtendedLifetime(fresh) {} }
    // Read without the HDF5 library, whose errors do not always distinguish a failing disk from a damaged file.
    let bytes = try StructureComparison(of: path, like: fresh)
    if let reason, bytes.differences.isEmpty, !bytes.isOtherLayout { throw reason }
    let identity = StoredIdentity(reading: path)
    if let other = identity?.recipe, other != recipe {
      throw foreign("its recipe differs in \(other.keysThatDiffer(from: recipe).joined(separator: ", "))")
    }
    guard try !holdsSample(file, layout: fresh.layout) else { throw damaged("contains finished samples") }
    if identity?.kind == .shard, identity?.recipe == nil, try holdsPixels(file, layout: fresh.layout) {
      // Another recipe's samples have other offsets.
      throw damaged("may contain finished samples of an unreadable recipe")
    }
  }

  private func damaged(_ what: String) -> DatasetError {
    let final = OutputNames.final(path)
    let rescue =
      access(final, F_OK) == 0
      ? "remove it" : "rename it to \(final) and run gpgen repair on it to keep them, or remove it"
    return DatasetError(.invalidFile, "\(path): is an unfinished, damaged file that \(what); \(rescue) to start over")
  }

  /// Whether the labels match the file's own recipe.
  private func hasLabelsOfRecipe(_ header: ShardHeader) throws(DatasetError) -> Bool {
    let labels = ShardSchema(header.recipe, samples: header.samples).label
    return try labels.difference(in: OpenedFile(path), at: header.layout.labelOffset) == nil
  }

  /// Whether the checksum of any sample matches, among those that lie within the file.
  private func holdsSample(_ file: OpenedFile, layout: ShardLayout) throws(DatasetError) -> Bool {
    let samples = SampleFile(file, layout: layout)
    var candidates: [(sample: Int, checksum: UInt32)] = []
    let stored = min(layout.samples.count, max(0, file.size - layout.checksumOffset) / CRC32C.bytes)
    try samples.readChecksums(count: stored) { first, checksums in
      for (index, checksum) in checksums.enumerated() where checksum != 0 {
        candidates.append((first + index, checksum))
      }
      return true
    }
    let buffer = try samples.makeBuffer()
    for (sample, stored) in candidates where layout.offset(ofSample: sample) + layout.bytesPerSample <= file.size {
      if try samples.checksum(ofPixels: sample, in: buffer).get() == stored { return true }
    }
    return false
  }

  /// Whether any byte in the range of this recipe's pixels is nonzero.
  private func holdsPixels(_ file: OpenedFile, layout: ShardLayout) throws(DatasetError) -> Bool {
    let count = min(file.size, layout.pixels.upperBound) - layout.imageOffset
    var isEmpty = true
    try file.read(UInt8.self, count: max(0, count), at: layout.imageOffset) { _, piece in
      isEmpty = piece.allSatisfy { $0 == 0 }
      return isEmpty
    }
    return !isEmpty
  }

  private func foreign(_ difference: String) -> DatasetError {
    DatasetError(
      .outputExists,
      "\(path): is an unfinished file of another dataset: \(difference); resume with its own options, or use --force to start over"
    )
  }
}
