import GaussianField

/// A shard's checksums and pixels, or an index's checksums, read by their places in the file alone, past the HDF5 library.
struct SampleFile: Sendable {
  /// Of this file, or of one with the same structure: it tells the places whatever has become of the file's header.
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

  /// Reads the stored checksums piece by piece, since a file may hold more of them than memory does.
  ///
  /// - Parameters:
  ///   - count: how many; all where it is not given.
  ///   - receive: called with the first sample of each piece; `false` ends the reading.
  func readChecksums(
    count: Int? = nil, _ receive: (Int, UnsafeBufferPointer<UInt32>) -> Bool
  ) throws(DatasetError) {
    try file.read(UInt32.self, count: count ?? samples.count, at: layout.checksumOffset) { before, checksums in
      receive(samples.lowerBound + before, checksums)
    }
  }

  /// The stored checksums, one for each sample of the file; 0 where a sample was not finished.
  func checksums() throws(DatasetError) -> [UInt32] {
    var checksums: [UInt32] = []
    try readChecksums { _, piece in
      checksums += piece
      return true
    }
    return checksums
  }

  /// How many samples have a checksum.
  func finishedCount() throws(DatasetError) -> Int {
    var count = 0
    try readChecksums { _, piece in
      count += piece.count { $0 != 0 }
      return true
    }
    return count
  }

  /// A sample's stored checksum; none where the file does not give it, or where it is 0, the sign of no sample.
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

  /// Fills `bytes` from an offset in a sample. Safe from several threads.
  func read(_ bytes: UnsafeMutableRawBufferPointer, sample: Int, at offset: Int = 0) throws(DatasetError) {
    try file.read(bytes, at: layout.offset(ofSample: sample) + offset)
  }

  /// Memory for ``checksum(ofPixels:in:receive:)``, for one sample after the other.
  func makeBuffer() throws(DatasetError) -> ReadBuffer {
    try ReadBuffer(count: min(layout.bytesPerSample, ReadBuffer.pieceBytes))
  }

  /// Reads a sample piece by piece.
  ///
  /// - Parameters:
  ///   - buffer: memory for a piece; memory of its own where none is given.
  ///   - receive: called for each piece with its offset in the sample; what it throws is thrown.
  /// - Returns: the CRC-32C of the sample's bytes, or why the file does not give them.
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

  /// The first sample that has not been made, by its index in the whole dataset.
  ///
  /// A checksum of 0 is the sign of such a sample, and of one finished sample in 2³²: that one's pixels have it.
  func firstUnfinishedSample() throws(DatasetError) -> Int? {
    var candidates: [Int] = []
    try readChecksums { first, checksums in
      candidates += checksums.indices.filter { checksums[$0] == 0 }.map { first + $0 }
      // More of them than chance would bring.
      return candidates.count < 16
    }
    for sample in candidates where try checksum(ofPixels: sample).value != 0 { return sample }
    return nil
  }

  /// Whether a sample has been made.
  func isFinished(_ sample: Int) throws(DatasetError) -> Bool {
    if try checksum(of: sample) != 0 { return true }
    return try checksum(ofPixels: sample).value == 0
  }
}

/// A sample as a file has it.
struct StoredSample: Sendable {
  let path: String
  let sample: Int
  let checksum: UInt32
}

extension Result {
  /// What there is, where it is no failure.
  var value: Success? { try? get() }
}
