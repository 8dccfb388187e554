import Foundation

/// Reads the class posteriors of textures from a file written by `gpgen oracle --out`, without the HDF5 library.
///
/// Commands open untrusted files in a sandbox first; here every size is checked against the file's before it is used.
public struct Posteriors: Sendable {
  /// The file's header.
  public let header: PosteriorsHeader
  /// The number of samples.
  public let sampleCount: Int
  private let file: OpenedFile
  private let samplesOffset: Int
  private let labelsOffset: Int
  private let valuesOffset: Int

  /// The maximum number of classes of a dataset.
  private static let maximumClassCount = Recipe.maximumClassCount
  /// The maximum deviation of the sum of a row's probabilities from 1.
  private static let tolerance = 1e-6

  /// Opens a file and reads its structure. Blocks.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidFile` if the file does not contain posteriors or is damaged, and
  ///   `.unsupportedVersion` if its version is unknown.
  public init(reading path: String) throws(DatasetError) {
    file = try OpenedFile(path, expected: "a file of posteriors written by gpgen oracle --out")
    let hdf5 = try HDF5File(reading: path)
    let root = HDF5Attributes(of: hdf5)
    guard try root.has(PosteriorsHeader.versionName) else {
      throw DatasetError(
        .invalidFile,
        "\(path): has no attribute \(PosteriorsHeader.versionName); expected a file of posteriors written by gpgen oracle --out"
      )
    }
    let version = try root.integer(PosteriorsHeader.versionName)
    guard version == PosteriorsHeader.version else {
      throw DatasetError(
        .unsupportedVersion,
        "\(path): has \(PosteriorsHeader.versionName) \(version), but this gpgen reads version \(PosteriorsHeader.version); use the gpgen that made it"
      )
    }
    let values = try HDF5Dataset(opening: "log_posterior", in: hdf5)
    guard try values.layout == .contiguous else {
      throw DatasetError(.invalidFile, "\(path): log_posterior: expected the contiguous layout that gpgen writes")
    }
    let shape = try values.shape
    guard shape.count == 2, shape[0] > 0, (1...Self.maximumClassCount).contains(shape[1]) else {
      throw DatasetError(
        .invalidFile,
        "\(path): log_posterior has the shape \(shape); expected (sample, class) with 1 to \(Self.maximumClassCount) classes"
      )
    }
    let schema = PosteriorsSchema(samples: shape[0], classes: shape[1])
    valuesOffset = try values.place(of: schema.logPosterior, fileSize: file.size)
    labelsOffset = try HDF5Dataset(opening: schema.label.name, in: hdf5).place(of: schema.label, fileSize: file.size)
    samplesOffset = try HDF5Dataset(opening: schema.sample.name, in: hdf5).place(of: schema.sample, fileSize: file.size)
    header = PosteriorsHeader(
      datasetHash: try root.string("dataset_hash"), classNames: try root.strings("class_names", count: shape[1]),
      method: try root.string("method"))
    sampleCount = shape[0]
  }

  /// The number of classes.
  public var classCount: Int { header.classNames.count }

  /// The index of a row's sample in the whole dataset. Samples ascend from row to row.
  ///
  /// - Parameter row: below ``sampleCount``.
  public func sample(atRow row: Int) throws(DatasetError) -> Int { try integer(at: samplesOffset + 8 * row) }

  /// The class of a row's sample.
  ///
  /// - Parameter row: below ``sampleCount``.
  public func label(atRow row: Int) throws(DatasetError) -> Int { try integer(at: labelsOffset + 8 * row) }

  /// The row of a sample; nil if the file does not contain the sample.
  ///
  /// - Parameter sample: the sample's index in the whole dataset.
  /// - Complexity: O(log samples) reads; one if rows are numbered like samples.
  public func row(ofSample sample: Int) throws(DatasetError) -> Int? {
    if (0..<sampleCount).contains(sample), try self.sample(atRow: sample) == sample { return sample }
    var (low, high) = (0, sampleCount)
    while low < high {
      let middle = (low + high) / 2
      let found = try self.sample(atRow: middle)
      if found == sample { return middle }
      if found < sample { low = middle + 1 } else { high = middle }
    }
    return nil
  }

  /// The natural logarithms of the probabilities of the classes given a row's texture. Thread-safe.
  ///
  /// - Parameter row: below ``sampleCount``.
  /// - Throws: ``DatasetError`` with code `.invalidFile` if the probabilities do not sum to 1.
  public func logPosteriors(atRow row: Int) throws(DatasetError) -> [Double] {
    precondition((0..<sampleCount).contains(row), "a row of the file")
    var values = [Double](repeating: 0, count: classCount)
    try read(&values, at: valuesOffset + 8 * classCount * row)
    let sum = values.reduce(0) { $0 + exp($1) }
    guard abs(sum - 1) <= Self.tolerance else {
      throw DatasetError(
        .invalidFile,
        "\(file.path): the probabilities in row \(row) sum to \(sum), expected 1; regenerate the file with gpgen oracle"
      )
    }
    return values
  }

  private func integer(at offset: Int) throws(DatasetError) -> Int {
    precondition((0..<file.size).contains(offset), "a row of the file")
    var value = [Int64(0)]
    try read(&value, at: offset)
    return Int(Int64(littleEndian: value[0]))
  }

  private func read<Number: BitwiseCopyable>(_ numbers: inout [Number], at offset: Int) throws(DatasetError) {
    var failure: DatasetError?
    numbers.withUnsafeMutableBytes { bytes in
      do throws(DatasetError) { try file.read(bytes, at: offset) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
