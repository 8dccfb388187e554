/// Memory by purpose, which passes share.
final class BufferPool {
  private var buffers: [String: FloatBuffer] = [:]

  /// A buffer of at least so many elements.
  func buffer(_ purpose: String, count: Int) throws(BackdropError) -> FloatBuffer {
    if let buffer = buffers[purpose], buffer.count >= count { return buffer }
    let buffer = try FloatBuffer(count: count)
    buffers[purpose] = buffer
    return buffer
  }
}
