import Foundation
import GaussianField

/// A shard that is being made: its partial file, locked, and which of its samples are there already. Or a finished one
/// whose samples are being mended.
final class ShardWriter: Sendable {
  /// The finished file's name.
  let path: String
  /// What is in the file so far.
  let stored: SampleFile
  private let file: LockedFile

  /// Takes up a partial file, or begins a new one.
  ///
  /// - Parameters:
  ///   - resume: keep what a partial file holds, and refuse one that is not this shard's.
  ///   - embedding: of open textures.
  ///   - path: the finished file's name, where it is not the one that `names` has.
  /// - Throws: ``DatasetError``; a partial file that was not there before is then not there after.
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

  /// Takes up a partial file that is locked already.
  ///
  /// - Parameter found: the layout of a file to resume; without one, the file is begun anew.
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

  /// Takes up a finished file, locked already, to mend samples in place.
  init(mending header: ShardHeader, locked file: LockedFile) {
    path = header.path
    stored = SampleFile(file, layout: header.layout)
    self.file = file
  }

  var samples: Range<Int> { stored.samples }

  /// Removes the partial file of a run that is refused before it made a sample, where that run made the file.
  func discardIfNew() {
    if file.isNew { unlink(file.path) }
  }

  /// Whether the file system keeps a second writer away.
  var isLocked: Bool { file.isLocked }

  /// Gives the finished partial file its name.
  func takeName() throws(DatasetError) {
    try renameFile(OutputNames.partial(path), to: path)
  }

  /// Writes some of a sample's bytes.
  func write(_ bytes: UnsafeRawBufferPointer, sample: Int, at offset: Int) throws(DatasetError) {
    try file.write(bytes, at: stored.layout.offset(ofSample: sample) + offset)
  }

  /// Writes a sample's checksum, after its bytes: the sign that it is finished.
  func write(checksum: UInt32, sample: Int) throws(DatasetError) {
    let offset = stored.layout.offset(ofChecksum: sample)
    try withUnsafeBytes(of: checksum.littleEndian) { bytes throws(DatasetError) in try file.write(bytes, at: offset) }
  }

  /// Copies a sample's pixels, and then its checksum if they match it.
  ///
  /// - Returns: whether the sample is there and intact; if it is not, it has to be made.
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
