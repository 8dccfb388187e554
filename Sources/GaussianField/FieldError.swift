/// A field that cannot be described or drawn. The message says what was found and what to do.
public struct FieldError: Error, Equatable, CustomStringConvertible, Sendable {
  /// The kinds of error.
  public enum Code: Sendable {
    /// An extent is out of range, or the boundary cannot be used with the other options.
    case unsupportedShape
    /// A covariance lacks a parameter, has an unknown one or one out of range, or cannot be drawn on the grid.
    case invalidCovariance
    /// A length scale is so much larger than the side that the texture has a single colour.
    case excessiveLengthScale
    /// There are no scales or more than eight, or a scale has no candidate or a weight that is not finite.
    case invalidScales
    /// The standard deviation of the white noise is negative or not finite.
    case unsupportedNoise
    /// The likelihood of the model's textures cannot be computed.
    case noLikelihood
    /// There is too little memory.
    case memory
  }

  /// The kind of error.
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
