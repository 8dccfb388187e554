import Documents
import TextureDataset

/// Reads the part of JSON that a safetensors header is made of: objects, strings, and arrays of whole numbers.
///
/// Foundation's parsers silently take the last of two equal keys, and readers in other languages may take the first;
/// this parser refuses duplicate keys. Its nesting depth is that of the format, whatever the text.
struct HeaderText {
  private let bytes: [UInt8]
  private let path: String
  private var position = 0

  init(_ bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
  }

  func error(_ what: String) -> BackdropError {
    BackdropError(.invalidFile, "\(path): not a safetensors header at byte \(position): \(what)")
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { position += 1 }
  }

  /// Skips white space, then consumes a character if it is next.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(BackdropError) {
    guard take(character) else { throw error("expected \(String(character).quoted)") }
  }

  /// Requires that only white space is left.
  mutating func expectEnd() throws(BackdropError) {
    skipSpace()
    guard position == bytes.count else { throw error("expected the end of the header") }
  }

  /// - Parameter receive: called after each key, to read its value.
  mutating func readObject(
    _ receive: (String, inout HeaderText) throws(BackdropError) -> Void
  ) throws(BackdropError) {
    try expect("{")
    if take("}") { return }
    var keys: Set<String> = []
    repeat {
      let key = try readString()
      guard keys.insert(key).inserted else { throw error("\(key.quoted) appears twice") }
      try expect(":")
      try receive(key, &self)
    } while take(",")
    try expect("}")
  }

  /// An array of whole numbers of at least 0.
  mutating func readNumbers(atMost limit: Int) throws(BackdropError) -> [Int] {
    try expect("[")
    if take("]") { return [] }
    var numbers: [Int] = []
    repeat {
      guard numbers.count < limit else { throw error("more than \(limit) numbers") }
      numbers.append(try readNumber())
    } while take(",")
    try expect("]")
    return numbers
  }

  private mutating func readNumber() throws(BackdropError) -> Int {
    skipSpace()
    let start = position
    var number = 0
    while let byte = next, (0x30...0x39).contains(byte) {
      let (tens, tooLarge) = number.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = tens.addingReportingOverflow(Int(byte - 0x30))
      guard !tooLarge, !overflow else { throw error("number too large for any file") }
      number = sum
      position += 1
    }
    // JSON has no leading zeros.
    guard position > start, position == start + 1 || bytes[start] != 0x30 else {
      throw error("expected a whole number of at least 0")
    }
    return number
  }

  mutating func readString() throws(BackdropError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw error("string is not UTF-8") }
        return string
      case UInt8(ascii: "\\"): text += try readEscape()
      case 0..<0x20: throw error("control character in a string")
      default: text.append(byte)
      }
    }
    throw error("unterminated string")
  }

  /// Reads the rest of an escape sequence, and returns its UTF-8.
  private mutating func readEscape() throws(BackdropError) -> [UInt8] {
    guard let byte = next else { return [] }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      var units = [try readUnit()]
      if UTF16.isLeadSurrogate(units[0]), bytes[position...].starts(with: Array("\\u".utf8)) {
        position += 2
        units.append(try readUnit())
      }
      guard let string = String(validating: units, as: UTF16.self) else { throw error("half a surrogate pair") }
      return Array(string.utf8)
    default: throw error("invalid escape sequence")
    }
  }

  /// Four hexadecimal digits.
  private mutating func readUnit() throws(BackdropError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("expected four hexadecimal digits")
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }
}
