/// What the backward pass of a segment costs, in nanoseconds of one thread: what plans are compared by.
///
/// `Benchmarks/cost_model.py` fits the constants. They stand here, and are not measured at run time, so that the same
/// training has the same plan everywhere. There is no term for the width of maps: kernels are slower on narrow ones, but
/// with a cost for each crop such a term made no choice better.
enum CostModel {
  /// Of a multiply-add that computes an activation again.
  static let forward = 0.0122
  /// Of a multiply-add of a gradient.
  static let backward = 0.02
  /// Of a byte of a crop's activations: the ReLU, the borders, and what the kernels read and write.
  static let croppedByte = 0.294
  /// Of a byte copied between a map and a crop.
  static let copiedByte = 0.136
  /// Of a byte of an activation on whole maps, and of keeping it.
  static let mapByte = 0.0106
  /// Of a byte of a map at a checkpoint: the forward pass writes it, and the backward pass its gradient. This is the cost
  /// on maps that no cache holds, where a wrong choice takes most time and memory; it is less on smaller ones.
  static let checkpointByte = 0.307
  /// Of a kernel, for each crop that it is run on.
  static let cropKernel = 275.0
  /// Of a kernel's call, and of adding the gradient by its weights to a sum.
  static let kernel = 1_830.0

  /// The largest level of the crops that are computed together, in bytes, where that leaves more than one crop: what a
  /// core's cache holds.
  static let passBytes = 1 << 20
  /// The most crops that are computed together.
  static let maximumCrops = 512

  /// How many crops are computed together at most: a power of two.
  static func cropsTogether(_ segment: Segment, _ geometry: CropGeometry) -> Int {
    let bytes = geometry.levelBytes(segment).max() ?? 0
    var most = maximumCrops
    while most > 1, most * bytes > passBytes { most /= 2 }
    return most
  }

  /// Bytes of the memory that a worker computes crops in: every level, and the gradients of two.
  static func workspaceBytes(_ segment: Segment, _ geometry: CropGeometry) -> Int {
    let bytes = geometry.levelBytes(segment)
    let gradients = [0, 1].map { parity in stride(from: parity, to: bytes.count, by: 2).map { bytes[$0] }.max() ?? 0 }
    return cropsTogether(segment, geometry) * (bytes.reduce(0, +) + gradients.reduce(0, +))
  }

  /// A segment's backward pass through `count` crops.
  ///
  /// - Parameter wantsInput: whether dL/dx is computed too.
  static func crops(_ segment: Segment, _ geometry: CropGeometry, count: Int, wantsInput: Bool) -> Work {
    let bytes = geometry.levelBytes(segment).map(Double.init)
    let crops = Double(count)
    let passes = passes(
      count, together: cropsTogether(segment, geometry), phases: wantsInput ? geometry.rowsApart : 1)
    var work = Work()
    work.copiedBytes = crops * bytes[0] * (wantsInput ? 2 : 1)
    work.croppedBytes = crops * bytes.dropFirst().reduce(0, +)
    for (index, operation) in segment.operations.enumerated() {
      let side = geometry.levels[index + 1].side
      let multiplyAdds = crops * operation.multiplyAdds(outputs: side * side)
      let forwards = segment.isRecomputed(index) ? 1.0 : 0
      let gradients = index > 0 || wantsInput ? 2.0 : 1
      work.forward += forwards * multiplyAdds
      work.backward += gradients * multiplyAdds
      work.cropKernels += (forwards + gradients) * crops
      work.kernels += (forwards + gradients) * passes
    }
    return work
  }

  /// A segment's backward pass on whole maps, and keeping their activations.
  static func whole(_ segment: Segment, samples: Int, wantsInput: Bool) -> Work {
    var work = Work()
    for (index, operation) in segment.operations.enumerated() {
      let gradients = index > 0 || wantsInput ? 2.0 : 1
      work.backward += gradients * Double(samples) * operation.forwardMultiplyAdds
      work.mapBytes += Double(samples) * Double(operation.output.bytes)
      work.kernels += gradients
    }
    return work
  }

  /// Keeping a map at a checkpoint, and its gradient.
  static func checkpoint(_ shape: Shape, samples: Int) -> Work {
    var work = Work()
    work.checkpointBytes = Double(samples) * Double(shape.bytes)
    return work
  }

  /// About how many passes `count` crops take: the phases of ``CropBackward`` have passes of their own, and what is left
  /// over at a phase's end is computed by powers of two, half of which are needed on average.
  private static func passes(_ count: Int, together: Int, phases: Int) -> Double {
    guard count > 0 else { return 0 }
    let phases = min(phases, count)
    let (full, rest) = (count / phases).quotientAndRemainder(dividingBy: together)
    let bits = Int.bitWidth - rest.leadingZeroBitCount
    return Double(phases) * (Double(full) + (bits > 0 ? Double(bits + 1) / 2 : 0))
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
