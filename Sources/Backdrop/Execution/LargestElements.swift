/// Selects the k elements of largest magnitude in an array; among equal ones, the first.
///
/// This is a radix selection: floating-point magnitudes have the order of their bits. A histogram of the upper 16 of
/// the 31 bits finds the bin of the k-th largest element, and a histogram of the lower 15 bits within that bin finds
/// the element.
struct LargestElements {
  /// The bits of the k-th largest magnitude; 0 if at most k elements are nonzero, so that all pass.
  private(set) var threshold: UInt32 = 0
  /// The number of elements at the threshold that pass.
  private(set) var passing = 0
  /// The number of elements at the threshold.
  private(set) var tied = 0

  private static let lowerBits: UInt32 = 15

  /// - Parameter count: the number of elements.
  init(_ elements: UnsafePointer<Float>, count: Int, k: Int) {
    var upper = [Int](repeating: 0, count: 1 << 16)
    var nonzero = 0
    Self.forEachNonzero(elements, count) { _, bits in
      upper[Int(bits >> Self.lowerBits)] += 1
      nonzero += 1
    }
    guard k < nonzero else { return }
    var left = k
    let range = Self.find(&left, upper)
    var lower = [Int](repeating: 0, count: 1 << Int(Self.lowerBits))
    Self.forEachNonzero(elements, count) { _, bits in
      if Int(bits >> Self.lowerBits) == range { lower[Int(bits & (1 << Self.lowerBits - 1))] += 1 }
    }
    let place = Self.find(&left, lower)
    threshold = UInt32(range) << Self.lowerBits | UInt32(place)
    passing = left
    tied = lower[place]
  }

  /// The bin of the `left`-th largest element, counted from 1. Afterwards `left` is the element's rank within that bin.
  private static func find(_ left: inout Int, _ bins: [Int]) -> Int {
    var bin = bins.count - 1
    while bins[bin] < left {
      left -= bins[bin]
      bin -= 1
    }
    return bin
  }

  /// Calls `body` with the index of each nonzero element and the bits of its magnitude.
  static func forEachNonzero(
    _ elements: UnsafePointer<Float>, _ count: Int, _ body: (_ place: Int, _ bits: UInt32) -> Void
  ) {
    let step = 16
    for first in stride(from: 0, to: count, by: step) {
      let end = min(first + step, count)
      // A thinned gradient is mostly zeros.
      var any: UInt32 = 0
      for place in first..<end { any |= elements[place].magnitude.bitPattern }
      guard any != 0 else { continue }
      for place in first..<end {
        let bits = elements[place].magnitude.bitPattern
        if bits != 0 { body(place, bits) }
      }
    }
  }
}

extension Tensor {
  /// Keeps the k elements of largest magnitude in one sample, and clears the others. Among equal ones, the first by
  /// channel, row and column are kept.
  ///
  /// - Parameter dropped: shape (C); the sum of the cleared elements of each channel is added to it.
  func keepLargest(_ k: Int, sample: Int, dropped: UnsafeMutablePointer<Float>) {
    let first = pointer + sample * shape.sampleCount
    let largest = LargestElements(first, count: shape.sampleCount, k: k)
    guard largest.threshold > 0 else { return }
    var sums = [Double](repeating: 0, count: shape.channels)
    if largest.passing < largest.tied { dropTies(largest, sample, &sums) }
    // Element e of the sample belongs to channel e / (H W b) b + e mod b.
    let (block, area) = (shape.block, shape.height * shape.width * shape.block)
    LargestElements.forEachNonzero(first, shape.sampleCount) { place, bits in
      guard bits < largest.threshold else { return }
      sums[place / area * block + place % block] += Double(first[place])
      first[place] = 0
    }
    for channel in 0..<shape.channels { dropped[channel] += Float(sums[channel]) }
  }

  /// Clears the elements at the threshold that do not pass.
  private func dropTies(_ largest: LargestElements, _ sample: Int, _ sums: inout [Double]) {
    var seen = 0
    for channel in 0..<shape.channels {
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          let element = pointer + shape.index(sample, channel, y, x)
          guard element.pointee.magnitude.bitPattern == largest.threshold else { continue }
          seen += 1
          guard seen > largest.passing else { continue }
          sums[channel] += Double(element.pointee)
          element.pointee = 0
        }
      }
    }
  }

  /// Turns the gradient of a ReLU's output into that of its input: clears it where the output is not positive.
  func clearWhereNotPositive(_ output: Tensor) {
    precondition(shape == output.shape)
    let (gradient, output) = (pointer, output.pointer)
    for place in 0..<shape.count { gradient[place] = output[place] > 0 ? gradient[place] : 0 }
  }
}
