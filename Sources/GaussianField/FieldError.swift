/// What can be wrong with the description of a field; the message says what was found and what to do.
public struct FieldError: Error, Equatable, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// An extent is outside 8...32768 pixels.
    case unsupportedShape
    /// A covariance lacks a parameter, has one that its family has not, or one out of its range.
    case invalidCovariance
    /// A length scale is so large against the side that the texture is one colour.
    case excessiveLengthScale
    /// There is no scale, more than eight, one without a candidate, or one whose weight is not a finite number.
    case invalidScales
    /// There is white noise, which is not drawn.
    case unsupportedNoise
    /// A model whose textures have no likelihood that can be computed.
    case noLikelihood
    /// Too little memory for the sampler's transforms.
    case memory
  }

  /// The kind.
  public let code: Code
  /// What was found, what was expected, what to do.
  public let message: String

  /// The message.
  public var description: String { message }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
