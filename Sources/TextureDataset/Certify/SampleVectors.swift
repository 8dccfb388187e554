import CSpectralKernels
import Foundation
import GaussianField
import Synchronization

/// A vector of standard normal numbers for each sample, independent of those of all other samples under the recipe.
final class SampleVectors: @unchecked Sendable {
  // Sendable: each row is written by the one thread that reads its sample, and read only after all are written.

  let rows: Int
  /// The number of elements in a row.
  private(set) var count: Int
  /// The distance from one row to the next: a multiple of 8.
  private let pitch: Int
  private let memory: AlignedBuffer<Float>

  /// - Throws: ``DatasetError`` with code `.memory`.
  init(rows: Int, count: Int) throws(DatasetError) {
    self.rows = rows
    self.count = count
    let pitch = (count + 7) / 8 * 8
    self.pitch = pitch
    // Blocks of four rows are read together.
    memory = try allocating { () throws(AllocationError) in
      try AlignedBuffer(count: (rows + 4) * pitch)
    }
  }

  /// A row, zero until it is written.
  func row(_ index: Int) -> UnsafeMutablePointer<Float> { memory.pointer + index * pitch }

  /// Keeps only the first elements of each row.
  func truncate(to length: Int) {
    guard length < count else { return }
    for index in 0..<rows { (row(index) + length).update(repeating: 0, count: count - length) }
    count = length
  }

  /// The sum of a row's squares.
  func square(_ index: Int) -> Double {
    let row = row(index)
    return (0..<count).reduce(0) { $0 + Double(row[$1]) * Double(row[$1]) }
  }

  /// Scales every row to length 1, except rows of zeros.
  func normalize() {
    for index in 0..<rows {
      let square = square(index)
      guard square > 0, square.isFinite else { continue }
      let (row, factor) = (row(index), Float(1 / square.squareRoot()))
      for k in 0..<count { row[k] *= factor }
    }
  }

  /// The correlation of two rows of length 1, in double precision.
  func correlation(_ a: Int, with other: SampleVectors, _ b: Int) -> Double {
    let (x, y) = (row(a), other.row(b))
    return (0..<count).reduce(0) { $0 + Double(x[$1]) * Double(y[$1]) }
  }

  /// A pair of samples.
  struct Pair: Sendable {
    let first: Int
    let second: Int
    let correlation: Double
  }

  /// The number of rows in a block.
  private static let blockRows = 64

  /// The pairs of different rows with the strongest correlations. All rows must have length 1.
  ///
  /// - Parameters:
  ///   - other: the vectors of the second rows; these, or those of transformed textures.
  ///   - threshold: the minimum magnitude of returned correlations. The strongest pair is always returned, and at most
  ///     ``maximumPairs``.
  /// - Returns: the pairs, the strongest first.
  /// - Complexity: O(rows² count).
  func strongest(
    with other: SampleVectors, threshold: Double, threads: Int, shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) -> [Pair] {
    let blocks = (rows + Self.blockRows - 1) / Self.blockRows
    let found = Mutex<[Pair]>([])
    try inParallel(blocks, workers: min(threads, blocks), shouldContinue: shouldContinue) { () throws(DatasetError) in
      return { [self] block throws(DatasetError) in
        let own = block * Self.blockRows..<min(rows, (block + 1) * Self.blockRows)
        var strongest: [Pair] = []
        var bar = 0.0
        var products = [Float](repeating: 0, count: 8)
        for second in stride(from: 0, to: own.upperBound, by: 2) {
          if second % 4096 == 0, !shouldContinue() { throw DatasetError(.interrupted, "stopped") }
          for first in stride(from: own.lowerBound, to: own.upperBound, by: 4) where first + 3 > second {
            gpgen_dot_products(row(first), other.row(second), pitch, pitch, &products)
            for (place, product) in products.enumerated() where Double(product.magnitude) > bar {
              let (a, b) = (first + place / 2, second + place % 2)
              guard a < rows, b < a else { continue }
              strongest.append(Pair(first: b, second: a, correlation: Double(product)))
              bar = max(bar, min(Double(product.magnitude), threshold))
              guard strongest.count >= 4 * Self.maximumPairs else { continue }
              strongest = Self.prefix(strongest, threshold)
              if strongest.count == Self.maximumPairs { bar = max(bar, strongest.last?.correlation.magnitude ?? 0) }
            }
          }
        }
        let result = strongest
        found.withLock { $0 = Self.prefix($0 + result, threshold) }
      }
    }
    return found.withLock { $0 }
  }

  /// The strongest pairs among neighbours in the order of one of the first elements, which include equal rows.
  ///
  /// - Returns: pairs as from ``strongest(with:threshold:threads:shouldContinue:)``, except that correlations omit the
  ///   element that orders the rows and so have the distribution of one dimension less; and the number of compared
  ///   pairs.
  /// - Complexity: O(rows (log rows + count)).
  func strongestNeighbours(
    threshold: Double, threads: Int, shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) -> (pairs: [Pair], compared: Int) {
    let keys = min(Self.orderCount, count - 1)
    let found = Mutex<[Pair]>([])
    try inParallel(keys, workers: min(threads, keys), shouldContinue: shouldContinue) { () throws(DatasetError) in
      return { [self] key throws(DatasetError) in
        let order = (0..<rows).sorted { row($0)[key] < row($1)[key] }
        var strongest: [Pair] = []
        var bar = 0.0
        for place in 0..<rows {
          if place % 1024 == 0, !shouldContinue() { throw DatasetError(.interrupted, "stopped") }
          for next in place + 1..<min(rows, place + 1 + Self.neighbourCount) {
            let (a, b) = (min(order[place], order[next]), max(order[place], order[next]))
            let (x, y) = (Double(row(a)[key]), Double(row(b)[key]))
            let rest = ((1 - x * x) * (1 - y * y)).squareRoot()
            guard rest > 0 else { continue }
            let correlation = (self.correlation(a, with: self, b) - x * y) / rest
            guard correlation.magnitude > bar else { continue }
            strongest.append(Pair(first: a, second: b, correlation: correlation))
            bar = max(bar, min(correlation.magnitude, threshold))
            if strongest.count >= 4 * Self.maximumPairs { strongest = Self.prefix(strongest, threshold) }
          }
        }
        let result = strongest
        found.withLock { $0 = Self.prefix($0 + result, threshold) }
      }
    }
    return (found.withLock { $0 }, keys * rows * Self.neighbourCount)
  }

  private static let orderCount = 4
  private static let neighbourCount = 16

  /// The maximum number of reported pairs.
  static let maximumPairs = 16

  private static func prefix(_ pairs: [Pair], _ threshold: Double) -> [Pair] {
    let sorted = pairs.sorted { $0.correlation.magnitude > $1.correlation.magnitude }
    var named: [Pair] = []
    for pair in sorted where named.isEmpty || pair.correlation.magnitude >= threshold {
      if !named.contains(where: { $0.first == pair.first && $0.second == pair.second }) { named.append(pair) }
      if named.count == maximumPairs { break }
    }
    return named
  }
}
