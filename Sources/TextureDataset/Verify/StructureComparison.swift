import Foundation

/// Compares the bytes of a file except pixels and checksums with those of a fresh structure.
///
/// They may differ although the contents are equal: in bytes that no reader uses, or if another version of the HDF5
/// library wrote the file. So a difference alone is not a fault.
struct StructureComparison {
  /// A run of bytes that differ from a fresh file's.
  struct Difference: Sendable, Equatable {
    let offset: Int
    fileprivate(set) var expected: [UInt8]
  }

  private(set) var differences: [Difference] = []
  /// Whether the files differ in length, or in more bytes than damage would explain.
  private(set) var isOtherLayout = false

  /// The maximum number of differing bytes within one layout.
  private static let maximumBytes = 4096

  /// Compares a shard with a fresh structure in the folder for temporary files.
  ///
  /// - Throws: ``DatasetError`` if either cannot be written or read.
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

  /// Compares a file with a shard without samples: all bytes except pixels and checksums.
  init(of path: String, like fresh: FreshShard) throws(DatasetError) {
    defer { withExtendedLifetime(fresh) {} }
    try compare(path, with: fresh.path, leavingOut: [fresh.layout.pixels, fresh.layout.checksums])
  }

  /// Compares an index with a fresh one in the folder for temporary files.
  ///
  /// - Parameter checksums: those stored in the index.
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

  /// A remark on the differences; nil if there are none.
  func note(of path: String) -> String? {
    if isOtherLayout {
      return "\(path): its structure is complete, in the layout of another version of the HDF5 library"
    }
    guard let first = differences.first else { return nil }
    let count = differences.reduce(0) { $0 + $1.expected.count }
    return
      "\(path): \(counted(count, "byte")) that no reader uses, the first at \(first.offset), "
      + "\(count == 1 ? "differs" : "differ") from a fresh file; `gpgen repair` restores \(count == 1 ? "it" : "them")"
  }
}
