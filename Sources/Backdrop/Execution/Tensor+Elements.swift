extension Tensor {
  /// All elements in the order (B, C, H, W).
  ///
  /// - Throws: ``BackdropError`` with code `.memory`.
  func elements() throws(BackdropError) -> [Float] {
    let count = shape.samples * shape.channels * shape.height * shape.width
    try checkRoom(for: count)
    var elements: [Float] = []
    elements.reserveCapacity(count)
    forEachIndex { elements.append(pointer[$0]) }
    return elements
  }

  /// Sets all elements from the order (B, C, H, W).
  func setElements(_ elements: [Float]) {
    var next = 0
    forEachIndex {
      pointer[$0] = elements[next]
      next += 1
    }
  }

  private func forEachIndex(_ body: (Int) -> Void) {
    for sample in 0..<shape.samples {
      for channel in 0..<shape.channels {
        for y in 0..<shape.height { for x in 0..<shape.width { body(shape.index(sample, channel, y, x)) } }
      }
    }
  }
}
