import Foundation

/// The bytes that a file has beside pixels and checksums, held against those of a structure made afresh.
///
/// They may differ where the contents do not: in what no reader looks at, or where another version of the HDF5 library
/// made the file. So a difference alone is no fault.
struct StructureComparison {
  /// Bytes that stand together and are not those of a fresh file.
  struct Difference: Sendable, Equatable {
    let offset: Int
    fileprivate(set) var expected: [UInt8]
  }

  private(set) var differences: [Difference] = []
  /// More than damage would leave, or another length: another program's work.
  private(set) var isOtherLayout = false

  /// The most bytes that may differ in one layout.
  private static let maximumBytes = 4096

  /// Compares a shard with a structure of its own, made in the folder for temporary files.
  ///
  /// - Throws: ``DatasetError`` where one of the two cannot be made or read.
  init(ofShard header: ShardHeader, names: OutputNames) throws(DatasetError) {
    let fresh = try FreshShard(
      header.shardIndex, of: header.recipe, names: names, embedding: header.embedding)
    guard fresh.layout.pixels == header.layout.pixels, fresh.layout.checksums == header.layout.checksums else {
      self.init()
      isOtherLayout = true
      return
    }
    try self.init(of: header.path, like: fresh)
  }

  private init() {}

  /// Compares a file with a shard before its first sample: all bytes but those of pixels and checksums.
  init(of path: String, like fresh: FreshShard) throws(DatasetError) {
    defer { withExtendedLifetime(fresh) {} }
    try compare(path, with: fresh.path, leavingOut: [fresh.layout.pixels, fresh.layout.checksums])
  }

  /// Compares an index with one made anew in the folder for temporary files.
  ///
  /// - Parameter checksums: its own.
  init(ofIndex header: ShardHeader, names: OutputNames, checksums: [UInt32]) throws(DatasetError) {
    let fresh = temporaryPath()
    defer { unlink(fresh) }
    try ShardStructure.createIndex(
      at: fresh, recipe: header.recipe, names: names, checksums: checksums, embedding: header.embedding)
    try compare(header.path, with: fresh, leavingOut: [])
  }

  private mutating func compare(
    _ path: String, with fresh: String, leavingOut holes: [Range<Int>]
  ) throws(DatasetError) {
    let (ours, theirs) = (try OpenedFile(fresh), try OpenedFile(path))
    guard ours.size == theirs.size else {
      isOtherLayout = true
      return
    }
    var (start, count) = (0, 0)
    let (made, found) = (try ReadBuffer(count: ReadBuffer.pieceBytes), try ReadBuffer(count: ReadBuffer.pieceBytes))
    defer { withExtendedLifetime((made, found)) {} }
    for hole in holes.sorted(by: { $0.lowerBound < $1.lowerBound }) + [ours.size..<ours.size] {
      for position in stride(from: start, to: hole.lowerBound, by: ReadBuffer.pieceBytes) {
        let length = min(ReadBuffer.pieceBytes, hole.lowerBound - position)
        let (expected, piece) = (made.prefix(length), found.prefix(length))
        try ours.read(expected, at: position)
        try theirs.read(piece, at: position)
        for index in 0..<length where expected[index] != piece[index] {
          count += 1
          guard count <= Self.maximumBytes else {
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
      differences[differences.count - 1].expected.append(byte)
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
      "\(path): \(counted(count, "byte")) that no reader looks at, the first at \(first.offset), "
      + "are not those of a fresh file; `gpgen repair` makes them so"
  }
}
