/// The amounts that the time of a segment's backward pass depends on: each costs so many nanoseconds a unit.
struct Work: Equatable {
  /// Multiply-adds that compute activations again.
  var forward = 0.0
  /// Multiply-adds of gradients, by the input and by the weights.
  var backward = 0.0
  /// Bytes of the crops' activations, without their input's.
  var croppedBytes = 0.0
  /// Bytes copied from a map into crops, and of gradients added from crops to a map.
  var copiedBytes = 0.0
  /// Bytes of activations on whole maps.
  var mapBytes = 0.0
  /// Bytes of maps that the forward pass keeps at checkpoints.
  var checkpointBytes = 0.0
  /// Kernels run, counted once for each crop.
  var cropKernels = 0.0
  /// Kernels run, counted once for all crops or samples that they are run on together.
  var kernels = 0.0

  /// What is counted, beside what a unit costs in nanoseconds.
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

  /// Of all kinds.
  var multiplyAdds: Double { forward + backward }

  /// Nanoseconds of one thread.
  var cost: Double { Self.terms.reduce(0) { $0 + self[keyPath: $1.amount] * $1.cost } }

  static func + (a: Work, b: Work) -> Work {
    var sum = a
    for term in terms { sum[keyPath: term.amount] += b[keyPath: term.amount] }
    return sum
  }
}
