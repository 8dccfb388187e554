/// A key of a layer in a network file.
struct LayerKey: Hashable, Sendable {
  let name: String
  /// What a value has to be: the "expected" of an error message.
  let expectation: String
}

/// The keys that several kinds of layers share.
extension LayerKey {
  static let channels = LayerKey(name: "channels", expectation: wholeNumber(in: Network.channelRange))
  static let kernel = LayerKey(name: "kernel", expectation: "\(wholeNumber(in: Network.windowRange)) (pixels)")
  static let stride = LayerKey(name: "stride", expectation: "\(wholeNumber(in: Network.windowRange)) (pixels)")
  static let padding = LayerKey(
    name: "padding", expectation: "\(wholeNumber(in: 0...Network.windowRange.upperBound)) (pixels)")
  static let probability = LayerKey(name: "probability", expectation: "a number from 0 to 1")

  /// The expectation of an integer.
  static func wholeNumber(in range: ClosedRange<Int>) -> String {
    "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }
}
