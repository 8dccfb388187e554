import CSpectralKernels

/// Reads the pixels of a dataset's shards without the HDF5 library, keeping each file open.
package final class PixelReader: Sendable {
  private let recipe: Recipe
  private let shards: [SampleFile]

  /// - Throws: ``DatasetError`` if a file cannot be opened, or with code `.unfinished` if samples are missing.
  package convenience init(_ dataset: DatasetReader) throws(DatasetError) {
    guard dataset.isFinished else {
      throw DatasetError(.unfinished, "\(dataset.header.path): is unfinished; only single samples of it can be read")
    }
    try raiseOpenFileLimit(to: dataset.shards.count)
    var shards: [SampleFile] = []
    for shard in dataset.shards { shards.append(try SampleFile(shard)) }
    self.init(shards, of: dataset.recipe)
  }

  /// - Parameter shards: some of a dataset's, in order.
  init(_ shards: [SampleFile], of recipe: Recipe) {
    self.recipe = recipe
    self.shards = shards
  }

  /// Reads pixels of a sample; float16 is widened to float32. Thread-safe.
  ///
  /// - Parameters:
  ///   - sample: the sample's index in the whole dataset, in one of the reader's shards.
  ///   - pixels: a range of positions in the sample, x varying fastest.
  /// - output: has space for them.
  ///   - halves: memory for as many stored pixels; needed for float16 only.
  package func read(
    sample: Int, pixels: Range<Int>, into output: UnsafeMutablePointer<Float>, halves: UnsafeMutablePointer<UInt16>?
  ) throws(DatasetError) {
    // Binary search for the first shard that ends after the sample.
    var (low, high) = (0, shards.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sample < shards[middle].samples.upperBound { high = middle } else { low = middle + 1 }
    }
    let shard = shards[low]
    guard shard.samples.contains(sample) else {
      throw DatasetError(
        .invalidFile,
        "\(shard.path): has no sample \(sample); expected \(shard.samples.lowerBound) to \(shard.samples.upperBound - 1)"
      )
    }
    let size = recipe.dtype.size
    let target = halves.map { UnsafeMutableRawPointer($0) } ?? UnsafeMutableRawPointer(output)
    let bytes = UnsafeMutableRawBufferPointer(start: target, count: pixels.count * size)
    try shard.read(bytes, sample: sample, at: pixels.lowerBound * size)
    if let halves { gpgen_half_to_float(halves, output, pixels.count) }
  }
}
