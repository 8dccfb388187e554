/// The offsets of the data that are read and written without the HDF5 library, in bytes from the start of the file.
struct ShardLayout: Sendable, Equatable {
  /// The file's samples, numbered in the whole dataset.
  let samples: Range<Int>
  let bytesPerSample: Int
  /// The start of the pixels; 0 for an index, which has none.
  let imageOffset: Int
  let checksumOffset: Int
  let labelOffset: Int

  /// - Parameter place: returns the offset of a dataset.
  init(
    of schema: ShardSchema, hasPixels: Bool = true, _ place: (ShardSchema.Dataset) throws(DatasetError) -> Int
  ) throws(DatasetError) {
    samples = schema.samples
    bytesPerSample = schema.image.bytesPerRow
    imageOffset = hasPixels ? try place(schema.image) : 0
    checksumOffset = try place(schema.checksum)
    labelOffset = try place(schema.label)
  }

  /// All pixels. Not defined for an index.
  var pixels: Range<Int> { imageOffset..<imageOffset + samples.count * bytesPerSample }
  /// All checksums.
  var checksums: Range<Int> { checksumOffset..<checksumOffset + samples.count * CRC32C.bytes }

  /// The offset of a sample's pixels.
  func offset(ofSample sample: Int) -> Int { imageOffset + (sample - samples.lowerBound) * bytesPerSample }

  /// The offset of a sample's checksum.
  func offset(ofChecksum sample: Int) -> Int { checksumOffset + (sample - samples.lowerBound) * CRC32C.bytes }
}

extension HDF5Dataset {
  /// The offset of a contiguous dataset in the file, in bytes.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidFile` if type, shape or layout differ from the entry's, or if the
  ///   dataset extends beyond the end of the file.
  func place(of entry: ShardSchema.Dataset, fileSize: Int) throws(DatasetError) -> Int {
    switch try layout {
    case .contiguous: break
    case .external: throw DatasetError(.invalidFile, "\(name): is stored in other files, which gpgen does not open")
    case .virtual: throw DatasetError(.invalidFile, "\(name): is a view of other files; expected the data themselves")
    case .other:
      throw DatasetError(
        .invalidFile, "\(name): is chunked or filtered; expected the contiguous layout that gpgen writes")
    }
    if let difference = try difference(from: entry) { throw DatasetError(.invalidFile, "\(name): \(difference)") }
    let offset = try offset
    let (bytes, overflow) = entry.bytesPerRow.multipliedReportingOverflow(by: entry.shape[0])
    guard !overflow else {
      throw DatasetError(.invalidFile, "\(name): the shape \(entry.shape) is larger than any file")
    }
    guard (0...fileSize).contains(offset), bytes <= fileSize - offset else {
      throw DatasetError(.invalidFile, "\(name): extends beyond the end of the file, which is truncated")
    }
    return offset
  }

  /// Describes type and shape if they differ from the entry's; nil otherwise.
  func difference(from entry: ShardSchema.Dataset) throws(DatasetError) -> String? {
    let found = (try elementType, try shape)
    guard found.0 != entry.type || found.1 != entry.shape else { return nil }
    return "is \(found.0.map { "\($0)" } ?? "of another type") \(found.1), expected \(entry.type) \(entry.shape)"
  }
}
