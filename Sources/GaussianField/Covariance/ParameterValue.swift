#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The value of a covariance's parameter: one number, or one drawn for every sample.
public enum ParameterValue: Hashable, Sendable {
  /// The same in every sample.
  case fixed(Double)
  /// Drawn evenly from a range.
  case uniform(ClosedRange<Double>)
  /// Drawn so that its logarithm is even over that of a range of positive numbers.
  case logUniform(ClosedRange<Double>)

  /// The number, where it is fixed.
  public var fixed: Double? {
    switch self {
    case .fixed(let value): value
    case .uniform, .logUniform: nil
    }
  }

  /// The number under which a fraction of the samples' numbers lie; a fixed number stays as it is.
  package func value(atQuantile fraction: Double) -> Double {
    switch self {
    case .fixed(let value): value
    case .uniform(let range): range.lowerBound + (range.upperBound - range.lowerBound) * fraction
    case .logUniform(let range): range.lowerBound * pow(range.upperBound / range.lowerBound, fraction)
    }
  }

  /// The minimum and the maximum.
  public var bounds: (minimum: Double, maximum: Double) {
    switch self {
    case .fixed(let value): (value, value)
    case .uniform(let range), .logUniform(let range): (range.lowerBound, range.upperBound)
    }
  }
}
