import Foundation
import GaussianField

/// A partial file that a run finds under the name of a shard that it is to make.
///
/// It is begun anew only where it is proven to hold nothing. An error of the disk proves nothing, and a file of which a
/// single sample's checksum holds is not replaced.
struct PartialShard {
  let path: String
  let recipe: Recipe
  let names: OutputNames
  let shard: Int
  /// Of open textures.
  let embedding: Embedding?

  /// The header of a file that can be resumed; nothing for one that holds nothing yet.
  ///
  /// - Throws: ``DatasetError`` with code `.outputExists` for a file of another dataset, `.invalidFile` for one that is
  ///   damaged and holds samples, `.fileSystem` where the disk does not give its bytes.
  func header() throws(DatasetError) -> ShardHeader? {
    var reason: DatasetError?
    do throws(DatasetError) {
      let found = try ShardHeader(reading: path)
      if try found.wasClosed(), try hasLabelsOfRecipe(found) {
        if let difference = found.difference(from: recipe, names: names, shard: shard) { throw foreign(difference) }
        return found
      }
    } catch {
      // What another gpgen has made, or the system cannot read now, is not ours to begin anew.
      guard error.code == .hdf5 || error.code == .invalidFile else { throw error }
      reason = error
    }
    try refuseLoss(reason)
    return nil
  }

  /// Refuses a file that is not proven to hold nothing.
  ///
  /// - Parameter reason: why its header cannot be read; thrown where its bytes are those of a header.
  func refuseLoss(_ reason: DatasetError?) throws(DatasetError) {
    let file = try OpenedFile(path)
    guard file.size > 0 else { return }
    let fresh = try FreshShard(shard, of: recipe, names: names, embedding: embedding)
    defer { withExtendedLifetime(fresh) {} }
    // Read past the HDF5 library, whose errors do not always tell a disk that fails from a file that is damaged.
    let bytes = try StructureComparison(of: path, like: fresh)
    if let reason, bytes.differences.isEmpty, !bytes.isOtherLayout { throw reason }
    let identity = StoredIdentity(reading: path)
    if let other = identity?.recipe, other != recipe {
      throw foreign("its recipe differs in \(other.keysThatDiffer(from: recipe).joined(separator: ", "))")
    }
    guard try !holdsSample(file, layout: fresh.layout) else { throw damaged("holds finished samples") }
    if identity?.kind == .shard, identity?.recipe == nil, try holdsPixels(file, layout: fresh.layout) {
      // Those of another recipe are at other places.
      throw damaged("may hold finished samples, of a recipe that cannot be read")
    }
  }

  private func damaged(_ what: String) -> DatasetError {
    let final = OutputNames.final(path)
    let rescue =
      access(final, F_OK) == 0
      ? "remove it" : "rename it to \(final) and run gpgen repair on that to keep them, or remove it"
    return DatasetError(.invalidFile, "\(path): is unfinished and damaged, and \(what); \(rescue) to start over")
  }

  /// Whether the labels are those of the file's own recipe.
  private func hasLabelsOfRecipe(_ header: ShardHeader) throws(DatasetError) -> Bool {
    let labels = ShardSchema(header.recipe, samples: header.samples).label
    return try labels.difference(in: OpenedFile(path), at: header.layout.labelOffset) == nil
  }

  /// Whether the checksum of any sample holds, of those that the file reaches to.
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

  /// Whether anything is stored where this recipe's pixels are.
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
      "\(path): is unfinished, of another dataset: \(difference); resume with its own options, or use --force to start over"
    )
  }
}
