/// The numbers that a parameter may be.
public struct ParameterRange: Hashable, Sendable {
  /// The lower end.
  public let lowerBound: Double
  /// The upper end, which is in the range.
  public let upperBound: Double
  /// Whether the lower end is in the range.
  public let includesLowerBound: Bool

  /// All numbers from the lower to the upper bound, both included.
  public init(_ range: ClosedRange<Double>) {
    (lowerBound, upperBound, includesLowerBound) = (range.lowerBound, range.upperBound, true)
  }

  /// All numbers over the lower bound, up to the upper bound, which is included.
  public init(over lowerBound: Double, through upperBound: Double) {
    (self.lowerBound, self.upperBound, includesLowerBound) = (lowerBound, upperBound, false)
  }

  /// Whether a number is in the range.
  public func contains(_ value: Double) -> Bool {
    value <= upperBound && (value > lowerBound || includesLowerBound && value == lowerBound)
  }
}

extension ParameterRange: CustomStringConvertible {
  /// As messages have it: "a number from 0 to 1", "a number over 0, at most 50".
  public var description: String {
    includesLowerBound
      ? "a number from \(lowerBound.plain) to \(upperBound.plain)"
      : "a number over \(lowerBound.plain), at most \(upperBound.plain)"
  }
}
