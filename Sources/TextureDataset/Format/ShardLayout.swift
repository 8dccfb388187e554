/// Where a file has what is read and written past the HDF5 library, in bytes from its beginning.
struct ShardLayout: Sendable, Equatable {
  /// The samples of the file, in the whole dataset.
  let samples: Range<Int>
  let bytesPerSample: Int
  /// Where the pixels begin; 0 for an index, which has none.
  let imageOffset: Int
  let checksumOffset: Int
  let labelOffset: Int

  /// - Parameter place: tells where a dataset begins.
  init(
    of schema: ShardSchema, hasPixels: Bool = true, _ place: (ShardSchema.Dataset) throws(DatasetError) -> Int
  ) throws(DatasetError) {
    samples = schema.samples
    bytesPerSample = schema.image.bytesPerRow
    imageOffset = hasPixels ? try place(schema.image) : 0
    checksumOffset = try place(schema.checksum)
    labelOffset = try place(schema.label)
  }

  /// All pixels; not of an index.
  var pixels: Range<Int> { imageOffset..<imageOffset + samples.count * bytesPerSample }
  /// All checksums.
  var checksums: Range<Int> { checksumOffset..<checksumOffset + samples.count * CRC32C.bytes }

  /// Where a sample's pixels begin.
  func offset(ofSample sample: Int) -> Int { imageOffset + (sample - samples.lowerBound) * bytesPerSample }

  /// Where a sample's checksum is.
  func offset(ofChecksum sample: Int) -> Int { checksumOffset + (sample - samples.lowerBound) * CRC32C.bytes }
}

extension HDF5Dataset {
  /// Where in the file a contiguous dataset begins, in bytes.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidFile` where type, shape or layout are others than the entry's, or where
  ///   elements lie beyond the file's end.
  func place(of entry: ShardSchema.Dataset, fileSize: Int) throws(DatasetError) -> Int {
    switch try layout {
    case .contiguous: break
    case .external: throw DatasetError(.invalidFile, "\(name): lies in other files, which gpgen does not open")
    case .virtual: throw DatasetError(.invalidFile, "\(name): is a view of other files; expected the data themselves")
    case .other:
      throw DatasetError(
        .invalidFile, "\(name): is chunked or filtered; expected the contiguous layout that gpgen writes")
    }
    if let difference = try difference(from: entry) { throw DatasetError(.invalidFile, "\(name): \(difference)") }
    let offset = try offset
    let (bytes, overflow) = entry.bytesPerRow.multipliedReportingOverflow(by: entry.shape[0])
    guard !overflow else {
      throw DatasetError(.invalidFile, "\(name): \(entry.shape) is more than a file can hold")
    }
    guard (0...fileSize).contains(offset), bytes <= fileSize - offset else {
      throw DatasetError(.invalidFile, "\(name): goes beyond the file's end; it was cut off")
    }
    return offset
  }

  /// What type and shape are, where they are not the entry's.
  func difference(from entry: ShardSchema.Dataset) throws(DatasetError) -> String? {
    let found = (try elementType, try shape)
    guard found.0 != entry.type || found.1 != entry.shape else { return nil }
    return "is \(found.0.map { "\($0)" } ?? "of another type") \(found.1), expected \(entry.type) \(entry.shape)"
  }
}
