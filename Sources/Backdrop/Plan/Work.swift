/// The amounts of work in a segment's backward pass. The time is their sum, each multiplied by its cost in nanoseconds.
struct Work: Equatable {
  /// Multiply-adds that recompute activations.
  var forward = 0.0
  /// Multiply-adds of gradients, with respect to the input and the weights.
  var backward = 0.0
  /// Bytes of the crops' activations, without their input.
  var croppedBytes = 0.0
  /// Bytes copied from a map into crops, and bytes of gradients added from crops to a map.
  var copiedBytes = 0.0
  /// Bytes of activations on whole maps.
  var mapBytes = 0.0
  /// Bytes of maps that the forward pass keeps at checkpoints.
  var checkpointBytes = 0.0
  /// Kernel runs, counted once for each crop.
  var cropKernels = 0.0
  /// Kernel runs, counted once for all crops or samples that are computed together.
  var kernels = 0.0

  /// Each amount, its name, and the cost of a unit in nanoseconds.
  static let terms: [(amount: WritableKeyPath<Work, Double> & Sendable, name: String, cost: Double)] = [
    (\.forward, "forward", CostModel.forward),
    (\.backward, "backward", CostModel.backward),
    (\.croppedBytes, "croppedByte", CostModel.croppedByte),
    (\.copiedBytes, "copiedByte", CostModel.copiedByte),
    (\.mapBytes, "mapByte", CostModel.mapByte),
    (\.checkpointBytes, "checkpointByte", CostModel.checkpointByte),
    (\.cropKernels, "cropKernel", CostModel.cropKernel),
    (\.kernels, "kernel", CostModel.kernel),
  ]

  /// All multiply-adds.
  var multiplyAdds: Double { forward + backward }

  /// The time, in nanoseconds of one thread.
  var cost: Double { Self.terms.reduce(0) { $0 + self[keyPath: $1.amount] * $1.cost } }

  static func + (a: Work, b: Work) -> Work {
    var sum = a
    for term in terms { sum[keyPath: term.amount] += b[keyPath: term.amount] }
    return sum
  }
}
