import Foundation
import Synchronization

/// Writes the class posteriors of textures to an HDF5 file, row by row and in any order.
///
/// The rows are written to `path.partial`, which is renamed when it is complete.
public final class PosteriorsWriter: Sendable {
  private let path: String
  private let file: LockedFile
  private let classCount: Int
  private let offsets: Offsets
  private let createdFolders: [String]
  /// Whether the partial file still exists under its name.
  private let isPartial = Mutex(true)

  private struct Offsets: Sendable {
    var logPosterior = 0
    var label = 0
    var sample = 0
  }

  /// Creates the file's structure.
  ///
  /// - Parameters:
  ///   - path: the path of the file; an existing file is replaced when this one is finished.
  ///   - header: the file's header.
  ///   - samples: the number of rows.
  /// - Throws: ``DatasetError``; new files and folders are then removed.
  public init(_ path: String, header: PosteriorsHeader, samples: Int) throws(DatasetError) {
    self.path = path
    classCount = header.classNames.count
    let partial = OutputNames.partial(path)
    createdFolders = try OutputFolder(of: path).create()
    do throws(DatasetError) {
      file = try LockedFile(partial)
    } catch {
      OutputFolder.remove(createdFolders)
      throw error
    }
    do throws(DatasetError) {
      offsets = try Self.create(partial, header, samples: samples)
    } catch {
      unlink(partial)
      OutputFolder.remove(createdFolders)
      throw error
    }
  }

  deinit { discard() }

  private static func create(
    _ path: String, _ header: PosteriorsHeader, samples: Int
  ) throws(DatasetError) -> Offsets {
    let schema = PosteriorsSchema(samples: samples, classes: header.classNames.count)
    let file = try HDF5File(creating: path)
    let root = HDF5Attributes(of: file)
    try root.write(PosteriorsHeader.versionName, [Int64(PosteriorsHeader.version)], as: .int64, scalar: true)
    try root.write("dataset_hash", header.datasetHash)
    try root.write("class_names", header.classNames)
    try root.write("method", header.method)
    let sample = try make(schema.sample, in: file)
    let classes = try make(schema.classIndex, in: file)
    let logPosterior = try make(schema.logPosterior, in: file)
    let label = try make(schema.label, in: file)
    try logPosterior.attach(sample, toAxis: 0)
    try logPosterior.attach(classes, toAxis: 1)
    try label.attach(sample, toAxis: 0)
    let offsets = Offsets(
      logPosterior: try logPosterior.offset, label: try label.offset, sample: try sample.offset)
    try file.close()
    return offsets
  }

  private static func make(
    _ entry: ShardSchema.Dataset, in file: borrowing HDF5File
  ) throws(DatasetError) -> HDF5Dataset {
    let dataset = try HDF5Dataset(creating: entry.name, in: file, type: entry.type, shape: entry.shape)
    try entry.forEachPiece { rows, bytes throws(DatasetError) in
      try dataset.write(bytes, rows: rows, of: entry.shape, as: entry.type)
    }
    if entry.isCoordinate { try dataset.makeDimensionScale(named: entry.name) }
    try HDF5Attributes(of: dataset).write("long_name", entry.longName)
    return dataset
  }

  /// Writes the posteriors of one sample. Thread-safe.
  ///
  /// - Parameters:
  ///   - row: from 0; rows are in the order of their samples.
  ///   - sample: its index in the whole dataset.
  ///   - label: its class.
  ///   - logPosteriors: one for each class.
  public func write(row: Int, sample: Int, label: Int, logPosteriors: [Double]) throws(DatasetError) {
    precondition(logPosteriors.count == classCount, "a posterior for each class")
    try write([Int64(sample)], at: offsets.sample + 8 * row)
    try write([Int64(label)], at: offsets.label + 8 * row)
    try write(logPosteriors, at: offsets.logPosterior + 8 * classCount * row)
  }

  private func write<Number: BitwiseCopyable>(_ numbers: [Number], at offset: Int) throws(DatasetError) {
    // The array's bytes are valid only within the closure, which cannot throw a typed error.
    var failure: DatasetError?
    numbers.withUnsafeBytes { bytes in
      do throws(DatasetError) { try file.write(bytes, at: offset) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Renames the partial file. Call it after all rows are written.
  public func finish() throws(DatasetError) {
    try file.sync()
    try renameFile(OutputNames.partial(path), to: path)
    isPartial.withLock { $0 = false }
    try syncFolder(OutputNames(path: path, shardCount: 1).folder)
  }

  /// Removes the partial file and the folders that were created for it; does nothing after ``finish()``.
  public func discard() {
    isPartial.withLock { isPartial in
      guard isPartial else { return }
      isPartial = false
      unlink(OutputNames.partial(path))
      OutputFolder.remove(createdFolders)
    }
  }
}
