import CGpgen
import TextureDataset
import TextureStream

/// An error as reported to the caller.
struct Failure: Error {
  let code: gpgen_status
  let message: String

  init(_ code: Int, _ message: String) { (self.code, self.message) = (gpgen_status(code), message) }

  /// - Parameter isRecipe: whether textures come from a recipe rather than files.
  init(_ error: StreamError, isRecipe: Bool) {
    let code =
      switch error.code {
      case .invalidOptions, .empty, .noLikelihood: GPGEN_INVALID_ARGUMENT
      case .foreignState: GPGEN_FOREIGN_STATE
      case .memory, .ringExhausted: GPGEN_MEMORY
      case .unreadable:
        (error.cause as? DatasetError)?.code == .memory ? GPGEN_MEMORY : isRecipe ? GPGEN_RECIPE : GPGEN_FILE
      }
    self.init(code, error.message)
  }
}

/// Runs `body` and writes its error, if any, to `error`.
///
/// - Returns: the status that `body` returns, or its error's code.
func returningStatus(
  _ error: UnsafeMutablePointer<gpgen_error>?, _ body: () throws(Failure) -> Int
) -> gpgen_status {
  do throws(Failure) {
    return gpgen_status(try body())
  } catch let failure {
    if let error { write(failure, to: error) }
    return failure.code
  }
}

private func write(_ failure: Failure, to error: UnsafeMutablePointer<gpgen_error>) {
  error.pointee.code = failure.code
  withUnsafeMutableBytes(of: &error.pointee.message) { buffer in
    var text = failure.message
    if text.utf8.count >= buffer.count {
      // Truncate at a whole character, so that the text stays UTF-8.
      text = String(decoding: text.utf8.prefix(buffer.count - 8), as: UTF8.self).filter { $0 != "\u{FFFD}" } + "..."
    }
    let bytes = Array(text.utf8.prefix(buffer.count - 1)) + [0]
    buffer.copyBytes(from: bytes)
  }
}

/// The text of an argument that may not be NULL.
func text(_ pointer: UnsafePointer<CChar>?, _ name: String) throws(Failure) -> String {
  guard let text = try optionalText(pointer, name) else {
    throw Failure(GPGEN_INVALID_ARGUMENT, "\(name): found NULL, expected text")
  }
  return text
}

/// The text of an argument that may be NULL.
func optionalText(_ pointer: UnsafePointer<CChar>?, _ name: String) throws(Failure) -> String? {
  guard let pointer else { return nil }
  guard let text = String(validatingCString: pointer) else {
    throw Failure(GPGEN_INVALID_ARGUMENT, "\(name): found bytes that are not UTF-8, expected UTF-8 text")
  }
  return text
}

/// An argument that may not be NULL.
func required<Pointer>(_ pointer: Pointer?, _ name: String) throws(Failure) -> Pointer {
  guard let pointer else { throw Failure(GPGEN_INVALID_ARGUMENT, "\(name): found NULL, expected an address") }
  return pointer
}

/// The array of an argument, which may be NULL if it has no elements.
func array(_ pointer: UnsafePointer<Int64>?, count: Int, _ name: String) throws(Failure) -> UnsafeBufferPointer<Int64> {
  guard count >= 0, count <= Int.max / MemoryLayout<Int64>.stride else {
    throw Failure(GPGEN_INVALID_ARGUMENT, "count: found \(UInt(bitPattern: count)), expected the number of \(name)")
  }
  return count == 0
    ? UnsafeBufferPointer(start: nil, count: 0) : UnsafeBufferPointer(start: try required(pointer, name), count: count)
}

/// Copies text to the caller's buffer, and its length to `length`.
///
/// - Throws: ``Failure`` with code `GPGEN_TOO_SMALL` if the buffer is too small; the length is then still written.
func copyText(
  _ text: String, to buffer: UnsafeMutablePointer<CChar>?, capacity: Int, length: UnsafeMutablePointer<Int>?
) throws(Failure) -> Int {
  let length = try required(length, "length")
  let bytes = Array(text.utf8)
  length.pointee = bytes.count
  guard capacity > bytes.count || capacity < 0 else {
    throw Failure(
      GPGEN_TOO_SMALL, "capacity: found \(UInt(bitPattern: capacity)) bytes, expected at least \(bytes.count + 1)")
  }
  let buffer = try required(buffer, "text")
  bytes.withUnsafeBytes {
    UnsafeMutableRawPointer(buffer).copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(buffer), byteCount: $0.count)
  }
  buffer[bytes.count] = 0
  return GPGEN_OK
}
