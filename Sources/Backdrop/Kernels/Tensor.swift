import GaussianField

/// The order of an activation's elements in memory.
enum TensorLayout: Hashable {
  /// (B, C, H, W).
  case plain
  /// (B, C / b, H, W, b), the channels padded with zeros to a multiple of b.
  case blocked(Int)
  /// (B, H, W, C).
  case channelsLast
}

/// The shape of a batch of activations in memory.
///
/// All layouts are (B, C / b, H, W, b): b is 1 in the plain layout, and C if channels are last.
///
/// Legend: B samples, C channels, H height, W width, b the block of channels.
struct TensorShape: Hashable {
  /// B.
  var samples: Int
  /// C.
  var channels: Int
  /// H.
  var height: Int
  /// W.
  var width: Int
  var layout: TensorLayout

  init(samples: Int, _ shape: Shape, _ layout: TensorLayout) {
    self.samples = samples
    channels = shape.channels
    height = shape.height
    width = shape.width
    self.layout = layout
  }

  /// b.
  var block: Int {
    switch layout {
    case .plain: 1
    case .blocked(let size): size
    case .channelsLast: channels
    }
  }

  /// C / b, rounded up.
  var blocks: Int { (channels + block - 1) / block }
  /// The number of elements of one sample in memory.
  var sampleCount: Int { blocks * height * width * block }
  /// The number of elements in memory.
  var count: Int { samples * sampleCount }

  /// The index of an element in memory.
  func index(_ sample: Int, _ channel: Int, _ y: Int, _ x: Int) -> Int {
    (((sample * blocks + channel / block) * height + y) * width + x) * block + channel % block
  }
}

/// Reference-counted memory, aligned for vector instructions.
final class FloatBuffer {
  private var memory: AlignedBuffer<Float>

  var pointer: UnsafeMutablePointer<Float> { memory.pointer }
  var count: Int { memory.count }

  /// Allocates zeros.
  ///
  /// - Throws: ``BackdropError`` with code `.memory` if there is not enough memory.
  init(count: Int) throws(BackdropError) { memory = try Self.memory(count) }

  /// Grows to at least `count` elements. If the buffer grows, its elements become zeros.
  ///
  /// - Throws: ``BackdropError`` with code `.memory` if there is not enough memory; the buffer is then empty.
  func grow(to count: Int) throws(BackdropError) {
    guard count > self.count else { return }
    // The old memory is released first, so that both never exist at the same time.
    memory = try Self.memory(0)
    memory = try Self.memory(count)
  }

  private static func memory(_ count: Int) throws(BackdropError) -> AlignedBuffer<Float> {
    do {
      return try AlignedBuffer(count: count)
    } catch {
      throw BackdropError(.memory, error.message, cause: error)
    }
  }
}

/// A batch of activations.
final class Tensor {
  let shape: TensorShape
  private let buffer: FloatBuffer
  private let offset: Int

  /// Zeros.
  convenience init(_ shape: TensorShape) throws(BackdropError) {
    self.init(shape, in: try FloatBuffer(count: shape.count))
  }

  /// A tensor in a buffer that others use at other times.
  init(_ shape: TensorShape, in buffer: FloatBuffer, offset: Int = 0) {
    precondition(buffer.count >= offset + shape.count)
    self.shape = shape
    self.buffer = buffer
    self.offset = offset
  }

  var pointer: UnsafeMutablePointer<Float> { buffer.pointer + offset }

  /// A range of the samples, in the same memory.
  func samples(_ range: Range<Int>) -> Tensor {
    var part = shape
    part.samples = range.count
    return Tensor(part, in: buffer, offset: offset + range.lowerBound * shape.sampleCount)
  }

  func clear() { pointer.update(repeating: 0, count: shape.count) }
}
