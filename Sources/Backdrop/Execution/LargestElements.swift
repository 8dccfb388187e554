/// Which elements of an array are the k of largest magnitude; of equal ones, those that come first.
///
/// Found by counting and not by sorting: the magnitudes of floating-point numbers are ordered as their bits are. A first
/// count by the upper 16 of the 31 bits finds the range in which the k-th largest lies, and a second count in that range by
/// the lower 15 bits finds it.
struct LargestElements {
  /// The magnitude's bits of the k-th largest element; 0 where no more than k elements differ from 0, and all pass.
  private(set) var threshold: UInt32 = 0
  /// How many of the elements at the threshold pass.
  private(set) var passing = 0
  /// How many there are.
  private(set) var tied = 0

  private static let lowerBits: UInt32 = 15

  /// - Parameter count: of the elements.
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

  /// The bin that holds the `left`-th largest element, counted from 1; then how many are left to find in that bin.
  private static func find(_ left: inout Int, _ bins: [Int]) -> Int {
    var bin = bins.count - 1
    while bins[bin] < left {
      left -= bins[bin]
      bin -= 1
    }
    return bin
  }

  /// Calls `body` with each element that is not 0 and the bits of its magnitude.
  static func forEachNonzero(
    _ elements: UnsafePointer<Float>, _ count: Int, _ body: (_ place: Int, _ bits: UInt32) -> Void
  ) {
    let step = 16
    for first in stride(from: 0, to: count, by: step) {
      let end = min(first + step, count)
      // Most of a thinned gradient is 0.
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
  /// Leaves of one sample the k elements of largest magnitude, of equal ones the first by channel, row and column.
  ///
  /// - Parameter dropped: shape (C); what is removed of each channel is added.
  func keepLargest(_ k: Int, sample: Int, dropped: UnsafeMutablePointer<Float>) {
    let first = pointer + sample * shape.sampleCount
    let largest = LargestElements(first, count: shape.sampleCount, k: k)
    guard largest.threshold > 0 else { return }
    var sums = [Double](repeating: 0, count: shape.channels)
    if largest.passing < largest.tied { dropTies(largest, sample, &sums) }
    // Element e of the sample is of channel e / (H W b) b + e mod b.
    let (block, area) = (shape.block, shape.height * shape.width * shape.block)
    LargestElements.forEachNonzero(first, shape.sampleCount) { place, bits in
      guard bits < largest.threshold else { return }
      sums[place / area * block + place % block] += Double(first[place])
      first[place] = 0
    }
    for channel in 0..<shape.channels { dropped[channel] += Float(sums[channel]) }
  }

  /// Removes the elements at the threshold that come after those which pass.
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

  /// Sets the gradient of a ReLU's output to zero where the ReLU does: the gradient of its input.
  func clearWhereNotPositive(_ output: Tensor) {
    precondition(shape == output.shape)
    let (gradient, output) = (pointer, output.pointer)
    for place in 0..<shape.count { gradient[place] = output[place] > 0 ? gradient[place] : 0 }
  }
}
