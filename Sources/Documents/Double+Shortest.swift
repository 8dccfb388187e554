extension Double {
  /// The shortest decimal that reads back as this number, in ECMAScript's layout: 10, not 10.0.
  ///
  /// Exponents appear only below 1e-6 and from 1e21. Non-finite numbers are "inf", "-inf" and "nan".
  ///
  /// - Source: ECMAScript's Number::toString, which RFC 8785 (section 3.2.2.3) prescribes for canonical JSON.
  package var shortest: String {
    guard isFinite else { return description }
    guard self != 0 else { return "0" }
    // Swift's description has the digits that ECMAScript requires (the fewest that read back exactly, and the closest
    // of those) in another layout: 1e-07, 1e+16, 10.0. Extract the digits and the point: value = 0.d1d2…dk * 10^point.
    let parts = magnitude.description.split(separator: "e")
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let all = mantissa.joined()
    let leadingZeros = all.prefix { $0 == "0" }.count
    let point = mantissa[0].count + exponent - leadingZeros
    var digits = all.dropFirst(leadingZeros)
    while digits.last == "0" { digits.removeLast() }
    return (self < 0 ? "-" : "") + Self.layOut(digits: String(digits), point: point)
  }

  /// Steps 6 to 12 of Number::toString, where k is the number of digits and n the position of the point.
  private static func layOut(digits: String, point: Int) -> String {
    if digits.count <= point, point <= 21 {
      return digits + String(repeating: "0", count: point - digits.count)
    }
    if 0 < point, point <= 21 {
      return digits.prefix(point) + "." + digits.dropFirst(point)
    }
    if -6 < point, point <= 0 {
      return "0." + String(repeating: "0", count: -point) + digits
    }
    let exponent = "e" + (point > 0 ? "+" : "-") + String(abs(point - 1))
    return digits.count == 1 ? digits + exponent : digits.prefix(1) + "." + digits.dropFirst() + exponent
  }
}
