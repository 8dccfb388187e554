/// Named buffers, shared by passes that do not run at the same time.
///
/// A buffer grows to the maximum size requested, and loses its contents when it grows.
final class BufferPool {
  private var buffers: [String: FloatBuffer] = [:]

  /// A buffer of at least `count` elements.
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
