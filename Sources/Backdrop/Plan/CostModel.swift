/// The cost of a segment's backward pass, in nanoseconds of one thread, by which plans are compared.
///
/// `Benchmarks/cost_model.py` fits the constants. They are not measured at run time, so that a training has the same
/// plan everywhere. There is no term for the width of maps: kernels are slower on narrow ones, but given a cost for
/// each crop, such a term improved no choice.
enum CostModel {
  /// The cost of a multiply-add that recomputes an activation.
  static let forward = 0.0122
  /// The cost of a multiply-add of a gradient.
  static let backward = 0.02
  /// The cost of a byte of a crop's activations: the ReLU, the borders, and the kernels' reads and writes.
  static let croppedByte = 0.294
  /// The cost of a byte copied between a map and a crop.
  static let copiedByte = 0.136
  /// The cost of a byte of an activation on whole maps, including keeping it.
  static let mapByte = 0.0106
  /// The cost of a byte of a map at a checkpoint: the forward pass writes it, and the backward pass writes its
  /// gradient. This is the cost for maps larger than any cache, where a wrong choice is most expensive; smaller maps
  /// cost less.
  static let checkpointByte = 0.307
  /// The cost of a kernel for each crop.
  static let cropKernel = 275.0
  /// The cost of a kernel's call, and of adding its weights' gradient to a sum.
  static let kernel = 1_830.0

  /// The maximum bytes of the largest level of crops that are computed together, unless it is a single crop: the size
  /// of a core's cache.
  static let passBytes = 1 << 20
  /// The maximum number of crops that are computed together.
  static let maximumCrops = 512

  /// The maximum number of crops of a segment that are computed together: a power of two.
  static func cropsTogether(_ segment: Segment, _ geometry: CropGeometry) -> Int {
    let bytes = geometry.levelBytes(segment).max() ?? 0
    var maximum = maximumCrops
    while maximum > 1, maximum * bytes > passBytes { maximum /= 2 }
    return maximum
  }

  /// Bytes of a worker's memory for crops: every level, and the gradients of two.
  static func workspaceBytes(_ segment: Segment, _ geometry: CropGeometry) -> Int {
    let bytes = geometry.levelBytes(segment)
    let gradients = [0, 1].map { parity in stride(from: parity, to: bytes.count, by: 2).map { bytes[$0] }.max() ?? 0 }
    return cropsTogether(segment, geometry) * (bytes.reduce(0, +) + gradients.reduce(0, +))
  }

  /// The work of a segment's backward pass through `count` crops.
  ///
  /// - Parameter wantsInput: whether to compute dL/dx too.
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

  /// The work of a segment's backward pass on whole maps, and of keeping their activations.
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

  /// The work of keeping a map and its gradient at a checkpoint.
  static func checkpoint(_ shape: Shape, samples: Int) -> Work {
    var work = Work()
    work.checkpointBytes = Double(samples) * Double(shape.bytes)
    return work
  }

  /// An estimate of the number of passes for `count` crops. The phases of ``CropBackward`` share no passes. The
  /// remainder of a phase is computed in powers of two, half of which are needed on average.
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
  /// Whether a crop's backward pass recomputes the output of an operation. The last output is in memory.
  func isRecomputed(_ index: Int) -> Bool { index < operations.count - 1 || operations[index].keepsState }
}
