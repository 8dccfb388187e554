import CSpectralKernels

/// The pixels of a dataset's shards, read past the HDF5 library: each file is opened once.
package final class PixelReader: Sendable {
  private let recipe: Recipe
  private let shards: [ShardHeader]
  private let files: [OpenedFile]

  /// - Throws: ``DatasetError`` where a file cannot be opened, or `.unfinished` where samples are not there yet.
  package convenience init(_ dataset: DatasetReader) throws(DatasetError) {
    guard dataset.isFinished else {
      throw DatasetError(.unfinished, "\(dataset.header.path): is unfinished, and was opened for looking at it only")
    }
    try self.init(dataset.shards, of: dataset.recipe)
  }

  /// - Parameter shards: some of a dataset's, in order.
  init(_ shards: [ShardHeader], of recipe: Recipe) throws(DatasetError) {
    self.recipe = recipe
    self.shards = shards
    try raiseOpenFileLimit(to: shards.count)
    var files: [OpenedFile] = []
    for shard in shards { files.append(try OpenedFile(shard.path)) }
    self.files = files
  }

  /// Reads rows of a sample, float16 widened. Safe from several threads.
  ///
  /// - Parameters:
  ///   - sample: the sample's index in the whole dataset, among the reader's.
  ///   - rows: of the sample.
  ///   - output: shape (rows, n).
  ///   - halves: memory for the stored pixels, shape (rows, n); needed for float16 only.
  package func read(
    sample: Int, rows: Range<Int>, into output: UnsafeMutablePointer<Float>, halves: UnsafeMutablePointer<UInt16>?
  ) throws(DatasetError) {
    // The shards follow one another: the first that ends beyond the sample.
    var (low, high) = (0, shards.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sample < shards[middle].samples.upperBound { high = middle } else { low = middle + 1 }
    }
    let shard = shards[low]
    guard shard.samples.contains(sample) else {
      throw DatasetError(.invalidFile, "\(shard.path): has no sample \(sample); it holds \(shard.samples)")
    }
    let (side, size) = (recipe.side, recipe.dtype.size)
    let start = shard.imageOffset + ((sample - shard.samples.lowerBound) * side + rows.lowerBound) * side * size
    let count = rows.count * side
    let target = halves.map { UnsafeMutableRawPointer($0) } ?? UnsafeMutableRawPointer(output)
    try files[low].read(UnsafeMutableRawBufferPointer(start: target, count: count * size), at: start)
    if let halves { gpgen_half_to_float(halves, output, count) }
  }
}
