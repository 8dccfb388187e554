#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The value of a covariance's parameter: a fixed number, or a distribution from which each sample draws one.
public enum ParameterValue: Hashable, Sendable {
  /// The same number in every sample.
  case fixed(Double)
  /// Uniformly distributed over a range.
  case uniform(ClosedRange<Double>)
  /// Log-uniformly distributed over a range of positive numbers.
  case logUniform(ClosedRange<Double>)

  /// The number if it is fixed, else nil.
  public var fixed: Double? {
    switch self {
    case .fixed(let value): value
    case .uniform, .logUniform: nil
    }
  }

  /// The quantile of the distribution at a fraction from 0 to 1; a fixed number is returned unchanged.
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
