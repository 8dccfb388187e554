import Foundation
import GaussianField

/// A shard that is being written: a locked partial file, or a finished file whose samples are being repaired.
final class ShardWriter: Sendable {
  /// The finished file's name.
  let path: String
  /// The contents of the file so far.
  let stored: SampleFile
  private let file: LockedFile

  /// Resumes a partial file, or creates a new one.
  ///
  /// - Parameters:
  ///   - resume: keep the contents of a partial file, and refuse one of another shard.
  ///   - embedding: for open textures.
  ///   - path: the finished file's name, if it differs from the one in `names`.
  /// - Throws: ``DatasetError``; a new partial file is then removed.
  convenience init(
    recipe: Recipe, names: OutputNames, shard: Int, embedding: Embedding?, resume: Bool, path given: String? = nil
  ) throws(DatasetError) {
    let path = given ?? names.shard(shard)
    let file = try LockedFile(OutputNames.partial(path))
    let found =
      resume && !file.isNew
      ? try PartialShard(path: file.path, recipe: recipe, names: names, shard: shard, embedding: embedding).header()?
        .layout : nil
    try self.init(
      recipe: recipe, names: names, shard: shard, embedding: embedding, path: path, locked: file, resuming: found)
  }

  /// Resumes a partial file that is already locked.
  ///
  /// - Parameter found: the layout of a file to resume; if nil, the file is rewritten.
  init(
    recipe: Recipe, names: OutputNames, shard: Int, embedding: Embedding?, path: String, locked file: LockedFile,
    resuming found: ShardLayout?
  ) throws(DatasetError) {
    self.path = path
    self.file = file
    if let found {
      stored = SampleFile(file, layout: found)
      return
    }
    do {
      stored = SampleFile(
        file,
        layout: try ShardStructure.createShard(
          at: file.path, recipe: recipe, names: names, shard: shard, embedding: embedding))
      try file.sync()
    } catch {
      if file.isNew { unlink(file.path) }
      throw error
    }
  }

  /// Opens a finished file that is already locked, to repair samples in place.
  init(repairing header: ShardHeader, locked file: LockedFile) {
    path = header.path
    stored = SampleFile(file, layout: header.layout)
    self.file = file
  }

  var samples: Range<Int> { stored.samples }

  /// Removes the partial file if this run created it. For a run that is refused before it has generated a sample.
  func discardIfNew() {
    if file.isNew { unlink(file.path) }
  }

  /// Whether a lock keeps a second writer away.
  var isLocked: Bool { file.isLocked }

  /// Renames the finished partial file.
  func takeName() throws(DatasetError) {
    try renameFile(OutputNames.partial(path), to: path)
  }

  /// Writes a part of a sample's bytes.
  func write(_ bytes: UnsafeRawBufferPointer, sample: Int, at offset: Int) throws(DatasetError) {
    try file.write(bytes, at: stored.layout.offset(ofSample: sample) + offset)
  }

  /// Writes a sample's checksum. Call it after the sample's bytes are written, since it marks the sample as finished.
  func write(checksum: UInt32, sample: Int) throws(DatasetError) {
    let offset = stored.layout.offset(ofChecksum: sample)
    try withUnsafeBytes(of: checksum.littleEndian) { bytes throws(DatasetError) in try file.write(bytes, at: offset) }
  }

  /// Copies a sample's pixels, and then its checksum if they match it.
  ///
  /// - Returns: whether the sample exists and is intact; if not, it must be generated.
  func copy(_ sample: Int, from source: SampleFile, shouldContinue: () -> Bool) throws(DatasetError) -> Bool {
    guard let checksum = source.storedChecksum(of: sample) else { return false }
    let copied = try source.checksum(ofPixels: sample) { piece, offset throws(DatasetError) in
      guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      try write(piece, sample: sample, at: offset)
    }
    guard copied.value == checksum else { return false }
    try write(checksum: checksum, sample: sample)
    return true
  }

  func sync() throws(DatasetError) { try file.sync() }
}
