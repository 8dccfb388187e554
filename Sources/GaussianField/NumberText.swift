#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// Numbers in messages.

extension Double {
  /// The number in decimal; integers have no fraction.
  var plain: String { magnitude < 0x1p53 && self == rounded() ? "\(Int(self))" : description }

  /// A positive number with two digits and an exponent: "1.6e-8".
  var twoDigits: String {
    guard self > 0, isFinite else { return plain }
    let exponent = log10(self).rounded(.down)
    let digits = (self / pow(10, exponent) * 10).rounded() / 10
    return "\(digits.plain)e\(Int(exponent))"
  }
}
