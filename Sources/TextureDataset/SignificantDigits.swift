import Foundation

/// A number formatted with four significant digits.
public func significant(_ value: Double) -> String { String(format: "%.4g", value) }
