import GaussianField

/// A shard's checksums and pixels, or an index's checksums, read at known offsets without the HDF5 library.
struct SampleFile: Sendable {
  /// The layout of this file, or of one with the same structure, so that a damaged header does not matter.
  let layout: ShardLayout
  private let file: any ReadableFile

  init(_ file: any ReadableFile, layout: ShardLayout) {
    self.file = file
    self.layout = layout
  }

  /// Opens a file.
  init(_ header: ShardHeader) throws(DatasetError) { self.init(try OpenedFile(header.path), layout: header.layout) }

  var path: String { file.path }
  var samples: Range<Int> { layout.samples }

  // MARK: Checksums

  /// Reads the stored checksums in pieces, since they may not fit into memory.
  ///
  /// - Parameters:
  ///   - count: the number of checksums; nil for all.
  ///   - receive: called with the first sample of each piece; returns `false` to stop reading.
  func readChecksums(
    count: Int? = nil, _ receive: (Int, UnsafeBufferPointer<UInt32>) -> Bool
  ) throws(DatasetError) {
    try file.read(UInt32.self, count: count ?? samples.count, at: layout.checksumOffset) { before, checksums in
      receive(samples.lowerBound + before, checksums)
    }
  }

  /// The stored checksums, one for each sample of the file; 0 for an unfinished sample.
  func checksums() throws(DatasetError) -> [UInt32] {
    var checksums: [UInt32] = []
    try readChecksums { _, piece in
      checksums += piece
      return true
    }
    return checksums
  }

  /// The number of samples with a checksum.
  func finishedCount() throws(DatasetError) -> Int {
    var count = 0
    try readChecksums { _, piece in
      count += piece.count { $0 != 0 }
      return true
    }
    return count
  }

  /// A sample's stored checksum; nil if it cannot be read, or is 0, the mark of an unfinished sample.
  func storedChecksum(of sample: Int) -> UInt32? {
    let value = try? checksum(of: sample)
    return value == 0 ? nil : value
  }

  private func checksum(of sample: Int) throws(DatasetError) -> UInt32 {
    var checksum: UInt32 = 0
    try withUnsafeMutableBytes(of: &checksum) { bytes throws(DatasetError) in
      try file.read(bytes, at: layout.offset(ofChecksum: sample))
    }
    return UInt32(littleEndian: checksum)
  }

  // MARK: Pixels

  /// Fills `bytes` from an offset in a sample. Thread-safe.
  func read(_ bytes: UnsafeMutableRawBufferPointer, sample: Int, at offset: Int = 0) throws(DatasetError) {
    try file.read(bytes, at: layout.offset(ofSample: sample) + offset)
  }

  /// Memory for ``checksum(ofPixels:in:receive:)``, reusable for one sample after the other.
  func makeBuffer() throws(DatasetError) -> ReadBuffer {
    try ReadBuffer(count: min(layout.bytesPerSample, ReadBuffer.pieceBytes))
  }

  /// Reads a sample in pieces and computes its checksum.
  ///
  /// - Parameters:
  ///   - buffer: memory for a piece; nil to allocate it.
  ///   - receive: called for each piece with its offset in the sample; its errors are rethrown.
  /// - Returns: the CRC-32C of the sample's bytes, or why they cannot be read.
  func checksum(
    ofPixels sample: Int, in buffer: ReadBuffer? = nil,
    receive: (UnsafeRawBufferPointer, Int) throws(DatasetError) -> Void = { _, _ in }
  ) throws(DatasetError) -> Result<UInt32, DatasetError> {
    let buffer = if let buffer { buffer } else { try makeBuffer() }
    defer { withExtendedLifetime(buffer) {} }
    var checksum = CRC32C()
    for position in stride(from: 0, to: layout.bytesPerSample, by: buffer.bytes.count) {
      let piece = buffer.prefix(layout.bytesPerSample - position)
      do throws(DatasetError) {
        try read(piece, sample: sample, at: position)
      } catch {
        return .failure(error)
      }
      checksum.update(UnsafeRawBufferPointer(piece))
      try receive(UnsafeRawBufferPointer(piece), position)
    }
    return .success(checksum.value)
  }

  /// The first sample whose pixels match their checksum.
  func firstIntactSample(shouldContinue: () -> Bool) throws(DatasetError) -> StoredSample? {
    let buffer = try makeBuffer()
    for sample in samples {
      guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      guard let stored = storedChecksum(of: sample) else { continue }
      if try checksum(ofPixels: sample, in: buffer).value == stored {
        return StoredSample(path: path, sample: sample, checksum: stored)
      }
    }
    return nil
  }

  /// The first unfinished sample, by index in the whole dataset.
  ///
  /// A checksum of 0 marks an unfinished sample, but is also the true checksum of one sample in 2³², so the pixels
  /// decide.
  func firstUnfinishedSample() throws(DatasetError) -> Int? {
    var candidates: [Int] = []
    try readChecksums { first, checksums in
      candidates += checksums.indices.filter { checksums[$0] == 0 }.map { first + $0 }
      // Chance alone does not produce this many.
      return candidates.count < 16
    }
    for sample in candidates where try checksum(ofPixels: sample).value != 0 { return sample }
    return nil
  }

  /// Whether a sample is finished.
  func isFinished(_ sample: Int) throws(DatasetError) -> Bool {
    if try checksum(of: sample) != 0 { return true }
    return try checksum(ofPixels: sample).value == 0
  }
}

/// A stored sample.
struct StoredSample: Sendable {
  let path: String
  let sample: Int
  let checksum: UInt32
}

extension Result {
  /// The value on success, else nil.
  var value: Success? { try? get() }
}
