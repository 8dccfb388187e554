#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A tabulated spectral density, interpolated by power laws: log P is linear in log k between rows.
///
/// A row with P = 0 makes the density zero up to the neighbouring rows. Outside the table it is zero.
public struct SpectrumTable: Hashable, Sendable {
  /// One row.
  public struct Row: Hashable, Sendable {
    /// k, in radians per pixel.
    public let waveNumber: Double
    /// P(k), where C(0) = integral of P d^dk / (2 pi)^d.
    public let density: Double

    /// - Parameters:
    ///   - waveNumber: k, in radians per pixel.
    ///   - density: P(k).
    public init(waveNumber: Double, density: Double) {
      self.waveNumber = waveNumber
      self.density = density
    }
  }

  /// The rows, k ascending.
  public let rows: [Row]

  /// The allowed numbers of rows.
  public static let rowCounts = 2...1000
  /// The maximum ratio of neighbouring k.
  public static let maximumStep = 2.0

  /// Why rows are not a valid table.
  public struct Problem: Equatable, Sendable {
    /// The index of the invalid row, from 0; nil if the fault is not in a single row.
    public let row: Int?
    /// What was found, what was expected and what to do.
    public let message: String
  }

  /// - Parameter rows: 2 to 1,000; k positive and ascending, each at most twice the previous one; P at least 0, and
  ///   positive in at least one row.
  /// - Throws: ``FieldError`` with code `.invalidCovariance`, which names the row, counted from 1.
  public init(_ rows: [Row]) throws(FieldError) {
    if let problem = Self.problem(in: rows) {
      let place = problem.row.map { "table, row \($0 + 1)" } ?? "table"
      throw FieldError(.invalidCovariance, "\(place): \(problem.message)")
    }
    self.rows = rows
  }

  /// Why rows are not a valid table; nil if they are.
  public static func problem(in rows: [Row]) -> Problem? {
    guard rowCounts.contains(rows.count) else {
      return Problem(
        row: nil,
        message: "found \(rows.count) row\(rows.count == 1 ? "" : "s"), expected \(rowCounts.lowerBound) to"
          + " \(rowCounts.upperBound)\(rows.count > rowCounts.upperBound ? "; leave some out, since densities are interpolated" : "")"
      )
    }
    for (index, row) in rows.enumerated() {
      func refuse(_ message: String) -> Problem { Problem(row: index, message: "found \(message)") }
      guard row.waveNumber.isFinite, row.waveNumber > 0 else {
        return refuse("k = \(row.waveNumber.plain), expected a finite number over 0")
      }
      guard row.density.isFinite, row.density >= 0 else {
        return refuse(
          "P = \(row.density.plain), expected a finite number of at least 0; a covariance with a negative spectral"
            + " density is not positive definite")
      }
      guard index > 0 else { continue }
      let before = rows[index - 1].waveNumber
      guard row.waveNumber > before else {
        return refuse("k = \(row.waveNumber.plain) after \(before.plain), expected ascending k; sort the rows")
      }
      guard row.waveNumber <= maximumStep * before * (1 + 1e-9) else {
        return refuse(
          "k = \(row.waveNumber.plain) after \(before.plain), expected at most twice the previous k; add rows between")
      }
    }
    guard rows.contains(where: { $0.density > 0 }) else {
      return Problem(row: nil, message: "found P = 0 in every row, expected at least one positive value")
    }
    return nil
  }

  /// The lowest and the highest k.
  public var waveNumbers: ClosedRange<Double> { rows[0].waveNumber...rows[rows.count - 1].waveNumber }

  /// P at an angular wave number in radians per pixel; 0 outside the table.
  public func density(at k: Double) -> Double {
    guard k >= rows[0].waveNumber, k <= rows[rows.count - 1].waveNumber else { return 0 }
    // The last row whose wave number is at most k.
    var (low, high) = (0, rows.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if rows[middle].waveNumber <= k { low = middle } else { high = middle }
    }
    let (left, right) = (rows[low], rows[high])
    if k == left.waveNumber { return left.density }
    if k == right.waveNumber { return right.density }
    guard left.density > 0, right.density > 0 else { return 0 }
    let part = log(k / left.waveNumber) / log(right.waveNumber / left.waveNumber)
    return left.density * pow(right.density / left.density, part)
  }

  /// The rows in plain text: "0.1,100; 0.2,25".
  var text: String { rows.map { "\($0.waveNumber.plain),\($0.density.plain)" }.joined(separator: "; ") }
}
