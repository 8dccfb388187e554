import CCrypto
import GaussianField

/// The SHA-256 hash as 64 lowercase hexadecimal digits. The corresponding C function is `SHA256`.
func sha256(of bytes: UnsafeRawBufferPointer) -> String {
  var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
  _ = SHA256(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &digest)
  return digest.map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }.joined()
}

/// The SHA-256 hash of a file's bytes. Blocks, and holds the whole file in memory.
///
/// - Throws: ``DatasetError`` if the file cannot be read, or with code `.memory`.
package func fileHash(_ path: String, expected: String) throws(DatasetError) -> String {
  let file = try OpenedFile(path, expected: expected)
  let buffer = try allocating { () throws(AllocationError) in try AlignedBuffer<UInt8>(count: file.size) }
  let bytes = UnsafeMutableRawBufferPointer(start: buffer.pointer, count: file.size)
  try file.read(bytes, at: 0)
  return sha256(of: UnsafeRawBufferPointer(bytes))
}
