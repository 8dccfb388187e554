import CCrypto
import GaussianField

/// The SHA-256 hash of a file's bytes, as 64 hexadecimal digits. Blocks while it reads; the whole file is in memory meanwhile.
///
/// - Throws: ``DatasetError`` where the file cannot be read, or with code `.memory`.
package func fileHash(_ path: String, expected: String) throws(DatasetError) -> String {
  let file = try OpenedFile(path, expected: expected)
  let buffer = try allocating { () throws(AllocationError) in try AlignedBuffer<UInt8>(count: file.size) }
  try file.read(UnsafeMutableRawBufferPointer(start: buffer.pointer, count: file.size), at: 0)
  var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
  _ = SHA256(buffer.pointer, file.size, &digest)
  return digest.map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }.joined()
}
