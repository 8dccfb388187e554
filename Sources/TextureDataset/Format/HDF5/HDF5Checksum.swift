/// The checksum of HDF5 metadata: Bob Jenkins's hash `lookup3` with the initial value 0.
///
/// - Source: HDF5 File Format Specification, version 3; Bob Jenkins, "lookup3.c", 2006, function `hashlittle`.
enum HDF5Checksum {
  private struct State {
    var a: UInt32
    var b: UInt32
    var c: UInt32

    mutating func mix() {
      a = (a &- c) ^ rotated(c, 4)
      c = c &+ b
      b = (b &- a) ^ rotated(a, 6)
      a = a &+ c
      c = (c &- b) ^ rotated(b, 8)
      b = b &+ a
      a = (a &- c) ^ rotated(c, 16)
      c = c &+ b
      b = (b &- a) ^ rotated(a, 19)
      a = a &+ c
      c = (c &- b) ^ rotated(b, 4)
      b = b &+ a
    }

    mutating func finish() {
      c = (c ^ b) &- rotated(b, 14)
      a = (a ^ c) &- rotated(c, 11)
      b = (b ^ a) &- rotated(a, 25)
      c = (c ^ b) &- rotated(b, 16)
      a = (a ^ c) &- rotated(c, 4)
      b = (b ^ a) &- rotated(a, 14)
      c = (c ^ b) &- rotated(b, 24)
    }

    private func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 { word << bits | word >> (32 - bits) }
  }

  private static let blockBytes = 12

  /// The checksum of a buffer.
  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let start = 0xDEAD_BEEF &+ UInt32(truncatingIfNeeded: bytes.count)
    var state = State(a: start, b: start, c: start)
    guard !bytes.isEmpty else { return state.c }
    var place = 0
    // The last block, full or not, is finished instead of mixed.
    while bytes.count - place > blockBytes {
      add(UnsafeRawBufferPointer(rebasing: bytes[place..<place + blockBytes]), to: &state)
      state.mix()
      place += blockBytes
    }
    add(UnsafeRawBufferPointer(rebasing: bytes[place...]), to: &state)
    state.finish()
    return state.c
  }

  /// Adds up to three little-endian words; missing bytes count as zeros.
  private static func add(_ block: UnsafeRawBufferPointer, to state: inout State) {
    var words: (a: UInt32, b: UInt32, c: UInt32) = (0, 0, 0)
    withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: block) }
    state.a = state.a &+ UInt32(littleEndian: words.a)
    state.b = state.b &+ UInt32(littleEndian: words.b)
    state.c = state.c &+ UInt32(littleEndian: words.c)
  }
}
