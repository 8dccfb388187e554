import CSpectralKernels
import Foundation
import GaussianField

/// The pixels of a dataset's shards, read past the HDF5 library: each file is opened once.
package final class PixelReader: Sendable {
  private let recipe: Recipe
  private let shards: [ShardHeader]
  private let descriptors: [Int32]

  /// - Throws: ``DatasetError`` where a file cannot be opened.
  package init(_ dataset: DatasetReader) throws(DatasetError) {
    recipe = dataset.recipe
    shards = dataset.shards
    try raiseOpenFileLimit(to: shards.count)
    descriptors = try Self.open(shards.map(\.path))
  }

  private static func open(_ paths: [String]) throws(DatasetError) -> [Int32] {
    var opened: [Int32] = []
    for path in paths {
      let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        let error = DatasetError.system("\(path): cannot open")
        for descriptor in opened { close(descriptor) }
        throw error
      }
      opened.append(descriptor)
    }
    return opened
  }

  deinit {
    for descriptor in descriptors { close(descriptor) }
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
    var done = 0
    while done < count * size {
      let read = pread(descriptors[low], target + done, count * size - done, off_t(start + done))
      if read < 0, errno == EINTR { continue }
      guard read >= 0 else { throw .system("\(shard.path): cannot read sample \(sample)") }
      guard read > 0 else { throw DatasetError(.invalidFile, "\(shard.path): ends before sample \(sample) does") }
      done += read
    }
    if let halves { gpgen_half_to_float(halves, output, count) }
  }
}
