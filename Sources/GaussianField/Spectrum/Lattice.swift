/// Representatives of all points of a torus, lags or wave numbers, for a function that is the same at p and -p.
///
/// If the function is even in every coordinate, these are the points 0...n / 2 along each axis; otherwise 0..<n along
/// all axes but the last, and 0...n / 2 along the last. They have the layouts ``Spectrum/even(_:)`` and
/// ``Spectrum/dense(_:)``.
struct Lattice: Sendable {
  /// The torus's extents, x last.
  let extents: [Int]
  /// Whether the function is even in every coordinate.
  let isEven: Bool
  /// The number of points along each axis.
  let counts: [Int]

  init(extents: [Int], isEven: Bool) {
    self.extents = extents
    self.isEven = isEven
    counts = extents.indices.map { isEven || $0 == extents.count - 1 ? extents[$0] / 2 + 1 : extents[$0] }
  }

  /// The number of points.
  var count: Int { counts.reduce(1, *) }
  /// The number of points along the last axis.
  var rowLength: Int { counts[counts.count - 1] }
  /// The number of rows along the last axis.
  var rowCount: Int { counts.dropLast().reduce(1, *) }

  /// The coordinates of a row along all axes but the last, -n / 2 < c <= n / 2.
  func leading(ofRow row: Int) -> [Int] {
    var rest = row
    var coordinates = [Int](repeating: 0, count: counts.count - 1)
    for axis in coordinates.indices.reversed() {
      let (quotient, index) = rest.quotientAndRemainder(dividingBy: counts[axis])
      rest = quotient
      coordinates[axis] = 2 * index > extents[axis] ? index - extents[axis] : index
    }
    return coordinates
  }

  /// The number of points of the torus that a point of the row represents, apart from the last axis.
  func multiplicity(ofRow row: Int) -> Double {
    guard isEven else { return 1 }
    return zip(leading(ofRow: row), extents).reduce(1) { $0 * Spectrum.multiplicity($1.0, $1.1) }
  }

  /// The sum over all points of the torus.
  func sum(_ values: [Double]) -> Double {
    let (length, width) = (rowLength, extents[extents.count - 1])
    return values.withUnsafeBufferPointer { values in
      var sum = 0.0
      for row in 0..<rowCount {
        var rowSum = 0.0
        for x in 0..<length { rowSum += Spectrum.multiplicity(x, width) * values[row * length + x] }
        sum += multiplicity(ofRow: row) * rowSum
      }
      return sum
    }
  }

  /// Computes a value for every point, one piece of a row at a time, on two threads. Results are the same bits for any
  /// number of threads.
  ///
  /// - Parameter body: receives the row's coordinates along all axes but the last, the piece's x, and zeros to add to.
  /// - Throws: ``FieldError`` with code `.memory`.
  func fill(
    _ body: @Sendable (_ leading: [Int], _ x: Range<Int>, _ output: UnsafeMutablePointer<Double>) -> Void
  ) throws(FieldError) -> [Double] {
    do { try MemoryReserve.check(for: 8 * count) } catch { throw FieldError(.memory, error.message) }
    let (length, total) = (rowLength, count)
    let pieces = (length + Self.pieceLength - 1) / Self.pieceLength
    let work = rowCount * pieces
    return [Double](unsafeUninitializedCapacity: total) { buffer, initialized in
      buffer.initialize(repeating: 0)
      if let base = buffer.baseAddress {
        let output = SharedOutput(base: base)
        let threads = total < 4096 ? 1 : Self.threads
        onThreads(threads) { thread in
          for index in stride(from: thread, to: work, by: threads) {
            let (row, piece) = index.quotientAndRemainder(dividingBy: pieces)
            let x = piece * Self.pieceLength..<min(length, (piece + 1) * Self.pieceLength)
            body(leading(ofRow: row), x, output.base + row * length + x.lowerBound)
          }
        }
      }
      initialized = total
    }
  }

  private static let pieceLength = 4096
  static let threads = 2
}

/// Memory that several threads write to.
struct SharedOutput<Element>: @unchecked Sendable {
  // Sendable: each thread writes to its own elements.
  let base: UnsafeMutablePointer<Element>
}
