import Foundation

/// Checks HDF5's global heap collections, which store strings of variable length and the sources of virtual datasets.
///
/// They have no checksum, and HDF5 1.10 trusts the lengths in them: one flipped bit can make it read or copy out of
/// bounds, with unpredictable results. So they are checked before the library reads them, where gpgen's files have
/// them: attributes of the root near the beginning, names of axes near the end.
///
/// - Source: HDF5 File Format Specification, version 3, III.E, "Disk Format: Level 1E - Global Heap", and III.G, "Disk
///   Format: Level 1G - Global Heap Block for Virtual Datasets".
enum HDF5GlobalHeaps {
  private static let reach = 1 << 20
  /// "GCOL", version 1 and three zeros, as a little-endian number.
  private static let signature: UInt64 = 0x1_4C4F_4347
  private static let headerBytes = 16
  private static let checksumBytes = 4

  /// - Throws: ``DatasetError`` with code `.invalidFile` if objects do not fill a heap exactly, or the checksum of a
  ///   virtual dataset's sources does not match.
  static func check(_ path: String) throws(DatasetError) {
    // The library reports better why a file cannot be opened or read.
    guard let file = try? OpenedFile(path) else { return }
    var windows: [ReadBuffer] = []
    var heaps: [Int] = []
    for start in Set([0, max(0, file.size - reach) & ~7]) {
      let window = try ReadBuffer(count: max(8, min(reach + 8, file.size - start)))
      guard (try? file.read(window.bytes, at: start)) != nil else { continue }
      windows.append(window)
      heaps += try check(UnsafeRawBufferPointer(window.bytes), at: start, of: path)
    }
    for window in windows {
      defer { withExtendedLifetime(window) {} }
      for heap in Set(heaps) {
        for object in sources(in: UnsafeRawBufferPointer(window.bytes), heap: heap) {
          try checkSources(object, inHeapAt: heap, of: file)
        }
      }
    }
  }

  // MARK: Collections

  /// Checks the heaps that begin in `bytes`, which start at offset `start` of the file.
  ///
  /// - Returns: the offsets of the heaps in the file.
  private static func check(
    _ bytes: UnsafeRawBufferPointer, at start: Int, of path: String
  ) throws(DatasetError) -> [Int] {
    var heaps: [Int] = []
    // Heaps begin at multiples of 8.
    for offset in stride(from: 0, to: bytes.count - headerBytes, by: 8) where begins(bytes, at: offset) {
      guard isWhole(bytes, at: offset) else {
        throw DatasetError(
          .invalidFile, "\(path): the strings of its attributes are damaged at byte \(start + offset)")
      }
      heaps.append(start + offset)
    }
    return heaps
  }

  private static func begins(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) == signature
  }

  /// Whether the objects of a heap fill it. A heap that extends beyond the bytes is checked as far as they go.
  private static func isWhole(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
    guard let size = length(bytes, at: start + 8), size >= 4096, size.isMultiple(of: 8) else { return false }
    let end = start + size
    var place = start + headerBytes
    // A rest too small for an object header is empty.
    while place + headerBytes <= end {
      guard place + headerBytes <= bytes.count else { return true }
      guard let needed = objectBytes(bytes, at: place), needed <= end - place else { return false }
      place += needed
    }
    return true
  }

  /// The size of an object, including its header.
  private static func objectBytes(_ bytes: UnsafeRawBufferPointer, at place: Int) -> Int? {
    guard let object = length(bytes, at: place + 8) else { return nil }
    // The size of object 0, the free space, includes its header; other objects are padded to multiples of 8.
    let needed = objectNumber(bytes, at: place) == 0 ? object : headerBytes + (object + 7) & ~7
    return needed >= headerBytes ? needed : nil
  }

  private static func objectNumber(_ bytes: UnsafeRawBufferPointer, at place: Int) -> Int {
    Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self)))
  }

  /// A length under 2⁴⁸, more than any file has.
  private static func length(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int? {
    let value = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    return value < 1 << 48 ? Int(value) : nil
  }

  // MARK: Sources of virtual datasets

  /// The objects of a heap that hold the sources of virtual datasets, found through the layout messages in the bytes.
  private static func sources(in bytes: UnsafeRawBufferPointer, heap: Int) -> [Int] {
    // Version 4 and class 3, virtual; then the heap's address and the object's number.
    let message: [UInt8] = [4, 3] + withUnsafeBytes(of: UInt64(heap).littleEndian) { Array($0) }
    var objects: [Int] = []
    var place = 0
    while let base = bytes.baseAddress, place + message.count + 4 <= bytes.count,
      let found = memchr(base + place, Int32(message[0]), bytes.count - message.count - 3 - place)
    {
      place = UnsafeRawPointer(found) - base
      if memcmp(found, message, message.count) == 0 {
        let number = bytes.loadUnaligned(fromByteOffset: place + message.count, as: UInt32.self)
        objects.append(Int(UInt32(littleEndian: number)))
      }
      place += 1
    }
    return objects
  }

  /// Checks the checksum at the end of an object with sources. The library refuses missing objects.
  private static func checkSources(_ number: Int, inHeapAt heap: Int, of file: OpenedFile) throws(DatasetError) {
    guard let (place, size) = try? object(number, inHeapAt: heap, of: file), size <= file.size - place else { return }
    let buffer = try ReadBuffer(count: max(checksumBytes, size))
    defer { withExtendedLifetime(buffer) {} }
    let bytes = UnsafeRawBufferPointer(rebasing: buffer.bytes.prefix(size))
    try file.read(UnsafeMutableRawBufferPointer(mutating: bytes), at: place)
    let content = bytes.dropLast(checksumBytes)
    guard bytes.count > checksumBytes,
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: content.count, as: UInt32.self))
        == HDF5Checksum.of(UnsafeRawBufferPointer(rebasing: content))
    else {
      throw DatasetError(
        .invalidFile,
        "\(file.path): the source list of its virtual dataset is damaged at byte \(place): the checksum does not match")
    }
  }

  /// The offset and the size of an object's content.
  private static func object(
    _ number: Int, inHeapAt heap: Int, of file: OpenedFile
  ) throws(DatasetError) -> (place: Int, size: Int)? {
    let buffer = try ReadBuffer(count: headerBytes)
    defer { withExtendedLifetime(buffer) {} }
    let header = UnsafeRawBufferPointer(buffer.bytes)
    try file.read(buffer.bytes, at: heap)
    let end = heap + (length(header, at: 8) ?? 0)
    var place = heap + headerBytes
    while place + headerBytes <= end {
      try file.read(buffer.bytes, at: place)
      guard let needed = objectBytes(header, at: 0) else { return nil }
      if objectNumber(header, at: 0) == number, let size = length(header, at: 8) { return (place + headerBytes, size) }
      place += needed
    }
    return nil
  }
}
