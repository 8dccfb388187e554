/// The square window of the input that one output depends on.
struct ReceptiveField: Equatable, Sendable {
  /// The window's side.
  var kernel: Int
  /// The distance between the windows of neighbouring outputs.
  var stride: Int
  /// How far the first window begins above and to the left of the input.
  var padding: Int

  /// The receptive field of an element-wise operation.
  static let point = ReceptiveField(kernel: 1, stride: 1, padding: 0)

  /// The output's shape: floor((n + 2 padding - kernel) / stride) + 1 along an axis of n pixels.
  ///
  /// - Throws: `.tooSmall` if no window fits.
  func outputShape(of input: Shape, channels: Int) throws(Misfit) -> Shape {
    let height = input.height + 2 * padding - kernel
    let width = input.width + 2 * padding - kernel
    guard height >= 0, width >= 0 else { throw .tooSmall }
    return Shape(channels: channels, height: height / stride + 1, width: width / stride + 1)
  }
}

/// Why an operation does not fit its input.
enum Misfit: Error {
  /// The reason is in the message.
  case invalid(String)
  /// No window fits into the input; a larger input would fit.
  case tooSmall

  /// Requires a map.
  ///
  /// - Throws: `.invalid` after a flatten or linear layer.
  static func requireMap(isFlat: Bool) throws(Misfit) {
    guard !isFlat else {
      throw .invalid("found after a flatten or linear layer, expected before it, because it needs a map")
    }
  }
}
