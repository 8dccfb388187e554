/// What the backward pass of a segment costs, in nanoseconds of one thread: what plans are compared by.
///
/// `Benchmarks/cost_model.py` fits the constants. They stand here, and are not measured at run time, so that the same
/// training has the same plan everywhere.
enum CostModel {
  /// Of a multiply-add of a forward pass.
  static let forward = 0.014
  /// Of a multiply-add of a gradient, by the input or by the weights.
  static let backward = 0.016
  /// Kernels are slower on narrow maps: a row of w elements takes as long as one of w + `narrow` would.
  static let narrow = 2.0
  /// Of a byte of a crop's activations, which stay in the cache.
  static let croppedByte = 0.05
  /// Of a byte of a map, which does not.
  static let mapByte = 0.1
  /// Of an operation's call of its kernel.
  static let call = 5_000.0

  /// The largest level of the crops that are computed together, in bytes, where that leaves more than one crop.
  static let passBytes = 4 << 20
  /// The most crops that are computed together.
  static let mostCrops = 256

  /// How many crops are computed together at most: a power of two.
  static func cropsTogether(_ segment: Segment, _ geometry: CropGeometry) -> Int {
    let bytes = geometry.levelBytes(segment).max() ?? 0
    var most = mostCrops
    while most > 1, most * bytes > passBytes { most /= 2 }
    return most
  }

  /// Bytes of the memory that a worker computes crops in: every level, and the gradients of two.
  static func workspaceBytes(_ segment: Segment, _ geometry: CropGeometry) -> Int {
    let bytes = geometry.levelBytes(segment)
    let gradients = [0, 1].map { parity in stride(from: parity, to: bytes.count, by: 2).map { bytes[$0] }.max() ?? 0 }
    return cropsTogether(segment, geometry) * (bytes.reduce(0, +) + gradients.reduce(0, +))
  }

  /// Cost of a segment's backward pass through `count` crops.
  ///
  /// - Parameter wantsInput: whether dL/dx is computed too.
  static func crops(_ segment: Segment, _ geometry: CropGeometry, count: Int, wantsInput: Bool) -> Double {
    var cost = geometry.levelBytes(segment).reduce(0) { $0 + 2 * Double($1) * croppedByte }
    for (index, operation) in segment.operations.enumerated() {
      let side = geometry.levels[index + 1].side
      let work = operation.multiplyAdds(outputs: side * side) * (1 + narrow / Double(side))
      if segment.isRecomputed(index) { cost += work * forward }
      cost += work * backward * (index > 0 || wantsInput ? 2 : 1)
    }
    let calls = 3 * segment.operations.count * (count / cropsTogether(segment, geometry) + 1)
    return Double(count) * cost + Double(calls) * call
  }

  /// Cost of a segment's backward pass on whole maps, and of keeping their activations.
  static func whole(_ segment: Segment, samples: Int, wantsInput: Bool) -> Double {
    var cost = 0.0
    for (index, operation) in segment.operations.enumerated() {
      let work = operation.multiplyAdds(outputs: operation.output.height * operation.output.width)
      cost += work * (1 + narrow / Double(operation.output.width)) * backward * (index > 0 || wantsInput ? 2 : 1)
      cost += 4 * Double(operation.output.count * MemoryLayout<Float>.stride) * mapByte
    }
    return Double(samples) * cost
  }

  /// Cost of keeping a map at a checkpoint, and its gradient.
  static func checkpoint(_ shape: Shape, samples: Int) -> Double {
    2 * Double(samples * shape.count * MemoryLayout<Float>.stride) * mapByte
  }

  /// Multiply-adds of a segment's backward pass through `count` crops, recomputed activations included.
  static func multiplyAdds(_ segment: Segment, _ geometry: CropGeometry, count: Int, wantsInput: Bool) -> Double {
    var sum = 0.0
    for (index, operation) in segment.operations.enumerated() {
      let side = geometry.levels[index + 1].side
      let passes = (segment.isRecomputed(index) ? 1.0 : 0) + (index > 0 || wantsInput ? 2 : 1)
      sum += passes * operation.multiplyAdds(outputs: side * side)
    }
    return Double(count) * sum
  }

  /// Multiply-adds of a segment's backward pass on whole maps.
  static func multiplyAdds(_ segment: Segment, samples: Int, wantsInput: Bool) -> Double {
    var sum = 0.0
    for (index, operation) in segment.operations.enumerated() {
      sum += (index > 0 || wantsInput ? 2 : 1) * operation.forwardMultiplyAdds
    }
    return Double(samples) * sum
  }
}

extension BoundOperation {
  /// Multiply-adds of one sample's forward pass.
  var forwardMultiplyAdds: Double { multiplyAdds(outputs: output.height * output.width) }
}

extension Segment {
  /// Whether a crop's backward pass computes the output of an operation again: of the last one it is in memory.
  func isRecomputed(_ index: Int) -> Bool { index < operations.count - 1 || operations[index].keepsState }
}
