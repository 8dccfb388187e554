import Foundation
import GaussianField
import Synchronization

/// A shard that is being made: its partial file, locked, and which of its samples are there already. Or a finished one
/// whose samples are being mended.
final class ShardWriter: Sendable {
  let samples: Range<Int>
  /// The finished file's name.
  let path: String
  private let file: LockedFile
  let header: ShardHeader
  private let bytesPerSample: Int

  /// Takes up a partial file, or begins a new one.
  ///
  /// - Parameters:
  ///   - resume: keep what a partial file holds, and refuse one that is not this shard's.
  ///   - path: the finished file's name, where it is not the one that `names` has.
  /// - Throws: ``DatasetError``; a partial file that was not there before is then not there after.
  convenience init(
    recipe: Recipe, names: OutputNames, shard: Int, resume: Bool, path given: String? = nil
  ) throws(DatasetError) {
    let path = given ?? names.shard(shard)
    let file = try LockedFile(OutputNames.partial(path))
    let found =
      resume && !file.isNew
      ? try PartialShard(path: file.path, recipe: recipe, names: names, shard: shard).header() : nil
    try self.init(recipe: recipe, names: names, shard: shard, path: path, locked: file, resuming: found)
  }

  /// Takes up a partial file that is locked already.
  ///
  /// - Parameter found: the header of a file to resume; without one, the file is begun anew.
  init(
    recipe: Recipe, names: OutputNames, shard: Int, path: String, locked file: LockedFile, resuming found: ShardHeader?
  ) throws(DatasetError) {
    self.path = path
    self.file = file
    samples = names.samples(ofShard: shard, total: recipe.samples)
    bytesPerSample = ShardStructure.bytesPerSample(of: recipe)
    if let found {
      header = found
      return
    }
    do {
      try ShardStructure.createShard(at: file.path, recipe: recipe, names: names, shard: shard)
      try file.sync()
      header = try ShardHeader(reading: file.path)
    } catch {
      if file.isNew { unlink(file.path) }
      throw error
    }
  }

  /// Takes up a finished file, locked already, to mend samples in place.
  init(mending header: ShardHeader, locked file: LockedFile) {
    path = header.path
    samples = header.samples
    bytesPerSample = ShardStructure.bytesPerSample(of: header.recipe)
    self.file = file
    self.header = header
  }

  /// Removes the partial file of a run that is refused before it made a sample, where that run made the file.
  func discardIfNew() {
    if file.isNew { unlink(file.path) }
  }

  /// Whether the file system keeps a second writer away.
  var isLocked: Bool { file.isLocked }

  /// The checksums in the file; 0 where a sample was not finished.
  func checksums() throws(DatasetError) -> [UInt32] {
    let values = try allocating { () throws(AllocationError) in
      try AlignedBuffer<UInt32>(count: samples.count)
    }
    try file.read(
      UnsafeMutableRawBufferPointer(start: values.pointer, count: 4 * samples.count), at: header.checksumOffset)
    return (0..<samples.count).map { UInt32(littleEndian: values.pointer[$0]) }
  }

  /// Reads a sample's bytes piece by piece and returns their checksum.
  func checksumOfPixels(
    sample: Int, buffer: UnsafeMutableRawBufferPointer, shouldContinue: () -> Bool
  ) throws(DatasetError) -> UInt32 {
    var checksum = CRC32C()
    let start = offset(ofSample: sample)
    for position in stride(from: 0, to: bytesPerSample, by: buffer.count) {
      guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(bytesPerSample - position))
      try file.read(piece, at: start + position)
      checksum.update(UnsafeRawBufferPointer(piece))
    }
    return checksum.value
  }

  /// Fills `bytes` from an offset in a sample.
  func read(_ bytes: UnsafeMutableRawBufferPointer, sample: Int, at offset: Int) throws(DatasetError) {
    try file.read(bytes, at: self.offset(ofSample: sample) + offset)
  }

  /// Gives the finished partial file its name.
  func takeName() throws(DatasetError) {
    try renameFile(OutputNames.partial(path), to: path)
  }

  /// Writes some of a sample's bytes.
  func write(_ bytes: UnsafeRawBufferPointer, sample: Int, at offset: Int) throws(DatasetError) {
    try file.write(bytes, at: self.offset(ofSample: sample) + offset)
  }

  /// Writes a sample's checksum, after its bytes: the sign that it is finished.
  func write(checksum: UInt32, sample: Int) throws(DatasetError) {
    let offset = header.checksumOffset + 4 * (sample - samples.lowerBound)
    try withUnsafeBytes(of: checksum.littleEndian) { bytes throws(DatasetError) in try file.write(bytes, at: offset) }
  }

  func sync() throws(DatasetError) { try file.sync() }

  private func offset(ofSample sample: Int) -> Int { header.offset(ofSample: sample) }
}
