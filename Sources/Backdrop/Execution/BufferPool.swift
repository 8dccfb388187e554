/// Memory by purpose, which passes share that do not run at the same time.
///
/// A buffer grows to what the largest of them needs; what it held is gone then.
final class BufferPool {
  private var buffers: [String: FloatBuffer] = [:]

  /// A buffer of at least so many elements.
  func buffer(_ purpose: String, count: Int) throws(BackdropError) -> FloatBuffer {
    guard let buffer = buffers[purpose] else {
      let buffer = try FloatBuffer(count: count)
      buffers[purpose] = buffer
      return buffer
    }
    try buffer.grow(to: count)
    return buffer
  }
}
