/// A key of a layer in a network file.
struct LayerKey: Hashable, Sendable {
  let name: String
  /// The valid values, as error messages describe them after "expected".
  let expectation: String
}

/// Keys shared by several kinds of layers.
extension LayerKey {
  static let channels = LayerKey(name: "channels", expectation: wholeNumber(in: Network.channelRange))
  static let kernel = LayerKey(name: "kernel", expectation: "\(wholeNumber(in: Network.windowRange)) (pixels)")
  static let stride = LayerKey(name: "stride", expectation: "\(wholeNumber(in: Network.windowRange)) (pixels)")
  static let padding = LayerKey(
    name: "padding", expectation: "\(wholeNumber(in: 0...Network.windowRange.upperBound)) (pixels)")
  static let probability = LayerKey(name: "probability", expectation: "a number from 0 to 1")

  /// The expectation for an integer.
  static func wholeNumber(in range: ClosedRange<Int>) -> String {
    "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }
}
