import Foundation
import GaussianField

/// Reads a dataset's textures: from one shard, from the shards of an index, or from a folder of shards.
///
/// This is the only access to finished data: a file that lacks samples is refused, whatever its name, unless unfinished
/// files are explicitly allowed.
public struct DatasetReader: Sendable {
  /// The header of the opened file; for a folder without an index, the first shard's.
  public let header: ShardHeader
  /// The samples that can be read, numbered in the whole dataset.
  public let samples: Range<Int>
  /// The shards that contain its samples, in order.
  public let shards: [ShardHeader]
  /// Whether all samples are finished.
  public let isFinished: Bool

  /// Opens a shard, an index, or a folder that contains one dataset. All shards must exist and belong together. Blocks
  /// while it reads headers and checksums.
  ///
  /// - Parameters:
  ///   - path: the file or the folder.
  ///   - allowingUnfinished: also open an unfinished file. ``read(sample:receive:)`` then reads the finished samples;
  ///     streams refuse such a reader.
  /// - Throws: ``DatasetError``; `.unfinished` states how many samples are finished; `.missingShard` names the missing
  ///   shards.
  public init(_ path: String, allowingUnfinished: Bool = false) throws(DatasetError) {
    var status = stat()
    let isFile = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    if isFile, path.hasSuffix(OutputNames.partialEnding) {
      try Unfinished.refuseEmpty(path)
      let header = try ShardHeader(reading: path)
      guard header.kind == .shard else { throw Unfinished.error(partial: path) }
      try self.init(header, shards: [header], names: nil, allowingUnfinished: allowingUnfinished)
    } else {
      try self.init(dataset: try DatasetFiles(path), path: path, allowingUnfinished: allowingUnfinished)
    }
  }

  private init(dataset: DatasetFiles, path: String, allowingUnfinished: Bool) throws(DatasetError) {
    if let error = dataset.unfinished { throw error }
    var index: ShardHeader?
    if let file = dataset.index, access(file, F_OK) == 0 { index = try ShardHeader(reading: file) }
    try dataset.refuseMissingShards(path)
    var shards: [ShardHeader] = []
    for shard in dataset.shards {
      let found = try ShardHeader(reading: shard.path)
      // A single shard may have any name.
      let isPart = dataset.shards.count > 1 || index != nil
      let recipe = index?.recipe ?? shards.first?.recipe ?? found.recipe
      if isPart, let difference = found.difference(from: recipe, names: dataset.names, shard: shard.number) {
        if let error = Unfinished.publication(of: dataset, path: path) { throw error }
        throw DatasetError(.invalidFile, "\(found.path): does not belong to \(path): \(difference)")
      }
      shards.append(found)
    }
    guard let first = index ?? shards.first else {
      throw DatasetError(.missingShard, "\(path): has no shards")
    }
    try self.init(first, shards: shards, names: dataset.names, allowingUnfinished: allowingUnfinished)
  }

  private init(
    _ header: ShardHeader, shards: [ShardHeader], names: OutputNames?, allowingUnfinished: Bool
  ) throws(DatasetError) {
    self.header = header
    self.shards = shards
    samples = header.kind == .index || shards.count > 1 ? 0..<header.recipe.samples : header.samples
    var unfinished: ShardHeader?
    for shard in shards where unfinished == nil {
      if try SampleFile(shard).firstUnfinishedSample() != nil { unfinished = shard }
    }
    isFinished = unfinished == nil
    guard let unfinished, !allowingUnfinished else { return }
    if unfinished.path.hasSuffix(OutputNames.partialEnding) { throw Unfinished.error(partial: unfinished.path) }
    let count = unfinished.samples.count
    throw DatasetError(
      .unfinished,
      "\(unfinished.path): \(try SampleFile(unfinished).finishedCount()) of \(counted(count, "sample")) \(count == 1 ? "is" : "are") finished, "
        + "although the file does not have the name of a partial one; generate the rest with: gpgen repair \(shellWord(names?.path ?? unfinished.path))"
    )
  }

  /// The dataset's recipe.
  public var recipe: Recipe { header.recipe }

  /// Reads a sample in pieces, without the HDF5 library; float16 is widened to float32. Blocks.
  ///
  /// - Parameters:
  ///   - sample: the sample's index in the whole dataset, among ``samples``.
  ///   - receive: called for each piece in order: whole rows of images and volumes, points of a series.
  public func read(
    sample: Int, receive: (UnsafeBufferPointer<Float>) -> Void
  ) throws(DatasetError) {
    guard let shard = shards.first(where: { $0.samples.contains(sample) }) else {
      throw DatasetError(
        .invalidFile,
        "\(header.path): has no sample \(sample); expected \(samples.lowerBound) to \(samples.upperBound - 1)")
    }
    // Open only the shard that is read.
    let file = try SampleFile(shard)
    if !isFinished, try !file.isFinished(sample) {
      throw DatasetError(.unfinished, "\(shard.path): sample \(sample) is not finished yet")
    }
    let reader = PixelReader([file], of: recipe)
    let shape = recipe.field.shape
    let row = shape.rowCount == 1 ? 1 : shape.rowLength
    let count = min(shape.pixels, max(1, (1 << 20) / row) * row)
    let pixels = try allocating { () throws(AllocationError) in try AlignedBuffer<Float>(count: count) }
    let halves = try allocating { () throws(AllocationError) in
      try AlignedBuffer<UInt16>(count: recipe.dtype == .float16 ? count : 0)
    }
    for first in stride(from: 0, to: shape.pixels, by: count) {
      let piece = first..<min(first + count, shape.pixels)
      try reader.read(
        sample: sample, pixels: piece, into: pixels.pointer, halves: recipe.dtype == .float16 ? halves.pointer : nil)
      receive(UnsafeBufferPointer(start: pixels.pointer, count: piece.count))
    }
  }
}
