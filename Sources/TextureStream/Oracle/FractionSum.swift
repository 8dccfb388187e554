/// An order-independent sum of numbers from 0 to 1, in fixed point with 80 fractional bits.
struct FractionSum: Sendable, Equatable {
  private var units: UInt128 = 0
  private static let unit = 0x1p-80

  /// Adds a number from 0 to 1. At most 2³² numbers may be added.
  mutating func add(_ number: Double) { units += UInt128(max(0, min(1, number)) / Self.unit) }

  /// Adds another sum.
  mutating func add(_ other: FractionSum) { units += other.units }

  /// The sum.
  var value: Double { Double(units) * Self.unit }
}
