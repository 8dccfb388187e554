/// The activations between sections, and their gradients, for one number of samples.
final class Maps {
  private let shapes: [TensorShape]
  private let maximumBatch: Int
  private let pool: BufferPool

  /// - Parameters:
  ///   - shapes: of the first section's input, then of each section's output.
  ///   - maximumBatch: the most samples of all that share the pool.
  ///   - pool: memory that batches of other numbers of samples use too, at other times.
  init(_ shapes: [TensorShape], maximumBatch: Int, _ pool: BufferPool) {
    self.shapes = shapes
    self.maximumBatch = maximumBatch
    self.pool = pool
  }

  /// What section `section` gives; -1 for the images, standardised.
  func output(ofSection section: Int) throws(BackdropError) -> Tensor {
    try map("map \(section)", shapes[section + 1])
  }

  /// dL/dy of what section `section` gives; -1 for the images, standardised.
  func gradient(ofSection section: Int) throws(BackdropError) -> Tensor {
    try map("map gradient \(section)", shapes[section + 1])
  }

  private func map(_ purpose: String, _ shape: TensorShape) throws(BackdropError) -> Tensor {
    Tensor(shape, in: try pool.buffer(purpose, count: maximumBatch * shape.sampleCount))
  }
}
