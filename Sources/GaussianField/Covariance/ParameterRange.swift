/// The allowed values of a parameter.
public struct ParameterRange: Hashable, Sendable {
  /// The lower end.
  public let lowerBound: Double
  /// The upper end, which is included.
  public let upperBound: Double
  /// Whether the lower end is included.
  public let includesLowerBound: Bool

  /// All numbers from the lower to the upper bound, both included.
  public init(_ range: ClosedRange<Double>) {
    (lowerBound, upperBound, includesLowerBound) = (range.lowerBound, range.upperBound, true)
  }

  /// All numbers above the lower bound, up to and including the upper bound.
  public init(over lowerBound: Double, through upperBound: Double) {
    (self.lowerBound, self.upperBound, includesLowerBound) = (lowerBound, upperBound, false)
  }

  /// Whether a number is in the range.
  public func contains(_ value: Double) -> Bool {
    value <= upperBound && (value > lowerBound || includesLowerBound && value == lowerBound)
  }
}

extension ParameterRange: CustomStringConvertible {
  /// The range in words: "a number from 0 to 1", "a number over 0, at most 50".
  public var description: String {
    includesLowerBound
      ? "a number from \(lowerBound.plain) to \(upperBound.plain)"
      : "a number over \(lowerBound.plain), at most \(upperBound.plain)"
  }
}
