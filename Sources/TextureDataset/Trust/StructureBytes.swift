import Foundation

/// The bytes that a file has beside pixels and checksums, held against those of a structure made afresh.
///
/// They may differ where the contents do not: in what no reader looks at, or where another version of the HDF5 library
/// made the file. So a difference alone is no fault.
struct StructureBytes {
  /// Bytes that stand together and are not those of a fresh file.
  struct Difference: Sendable, Equatable {
    let offset: Int
    let expected: [UInt8]
  }

  private(set) var differences: [Difference] = []
  /// More than damage would leave, or another length: another program's work.
  private(set) var isOtherLayout = false

  /// The most bytes that may differ in one layout.
  private static let mostBytes = 4096
  private static let pieceBytes = 1 << 20

  /// Compares a shard with a structure of its own, made in the folder for temporary files.
  ///
  /// - Throws: ``DatasetError`` where one of the two cannot be made or read.
  init(ofShard header: ShardHeader, names: OutputNames) throws(DatasetError) {
    let (recipe, shard) = (header.recipe, header.shardIndex)
    let pixels =
      header.imageOffset..<header.imageOffset + header.samples.count * ShardStructure.bytesPerSample(of: recipe)
    let checksums = header.checksumOffset..<header.checksumOffset + 4 * header.samples.count
    try self.init(header.path, leavingOut: [pixels, checksums]) { path throws(DatasetError) in
      try ShardStructure.createShard(at: path, recipe: recipe, names: names, shard: shard)
      let fresh = try ShardHeader(reading: path)
      return fresh.imageOffset == header.imageOffset && fresh.checksumOffset == header.checksumOffset
    }
  }

  /// Compares an index with one made anew in the folder for temporary files.
  init(
    ofIndex path: String, recipe: Recipe, names: OutputNames, checksums: [UInt32]
  ) throws(DatasetError) {
    try self.init(path, leavingOut: []) { fresh throws(DatasetError) in
      try ShardStructure.createIndex(at: fresh, recipe: recipe, names: names, checksums: checksums)
      return true
    }
  }

  private init(
    _ path: String, leavingOut holes: [Range<Int>], make: (String) throws(DatasetError) -> Bool
  ) throws(DatasetError) {
    let fresh = NSTemporaryDirectory() + "/gpgen-\(UUID().uuidString).h5"
    defer { unlink(fresh) }
    guard try make(fresh) else {
      isOtherLayout = true
      return
    }
    let (ours, theirs) = (open(fresh, O_RDONLY | O_CLOEXEC), open(path, O_RDONLY | O_CLOEXEC))
    defer {
      for descriptor in [ours, theirs] where descriptor >= 0 { close(descriptor) }
    }
    var (freshStatus, status) = (stat(), stat())
    guard ours >= 0, theirs >= 0, fstat(ours, &freshStatus) == 0, fstat(theirs, &status) == 0 else {
      throw .system("\(path): cannot open")
    }
    guard freshStatus.st_size == status.st_size else {
      isOtherLayout = true
      return
    }
    var (start, count) = (0, 0)
    let (made, found) = (try PieceBuffer(count: Self.pieceBytes), try PieceBuffer(count: Self.pieceBytes))
    defer { withExtendedLifetime((made, found)) {} }
    for hole in holes.sorted(by: { $0.lowerBound < $1.lowerBound }) + [Int(status.st_size)..<Int(status.st_size)] {
      for position in stride(from: start, to: hole.lowerBound, by: Self.pieceBytes) {
        let length = min(Self.pieceBytes, hole.lowerBound - position)
        let expected = UnsafeMutableRawBufferPointer(rebasing: made.bytes.prefix(length))
        let piece = UnsafeMutableRawBufferPointer(rebasing: found.bytes.prefix(length))
        try readFully(expected, from: ours, at: position, of: fresh)
        try readFully(piece, from: theirs, at: position, of: path)
        for index in 0..<length where expected[index] != piece[index] {
          count += 1
          guard count <= Self.mostBytes else {
            (differences, isOtherLayout) = ([], true)
            return
          }
          add(expected[index], at: position + index)
        }
      }
      start = hole.upperBound
    }
  }

  private mutating func add(_ byte: UInt8, at offset: Int) {
    if let last = differences.last, last.offset + last.expected.count == offset {
      differences[differences.count - 1] = Difference(offset: last.offset, expected: last.expected + [byte])
    } else {
      differences.append(Difference(offset: offset, expected: [byte]))
    }
  }

  /// What is worth knowing of the differences; nothing where there are none.
  func note(of path: String) -> String? {
    if isOtherLayout { return "\(path): its structure holds all it should, laid out as another HDF5 library does" }
    guard let first = differences.first else { return nil }
    let count = differences.reduce(0) { $0 + $1.expected.count }
    return
      "\(path): \(count) \(count == 1 ? "byte" : "bytes") that no reader looks at, the first at \(first.offset), "
      + "are not those of a fresh file; `gpgen repair` makes them so"
  }
}
