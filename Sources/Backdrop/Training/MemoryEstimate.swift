import TextureDataset
import TextureStream

/// A lower bound on the memory that a network needs, computed before anything is allocated. Work whose bound exceeds
/// the limit cannot succeed.
///
/// The bound excludes what depends on masks and on oneDNN: crops, tiles, checkpoints, scratchpads and copies of weights
/// in other layouts. Those allocations report their own errors.
///
/// Legend: P parameters, B samples of a batch, K outputs.
struct MemoryEstimate {
  /// The segments between the maps that are always kept.
  private let segments: [Segment]
  /// P, in bytes.
  private let parameters: Double
  /// B.
  private let batchSize: Double
  private let threads: Double

  /// - Parameter network: the network that is trained, with the batch mask if there is one.
  /// - Throws: ``BackdropError`` with code `.invalidNetwork` or `.tooSmall`.
  init(_ network: Network, size: ImageSize, batchSize: Int, threads: Int) throws(BackdropError) {
    parameters = Double(try network.parameterLayout(of: size).count) * Self.floatBytes
    segments = try Program(network, size: size).segments.flatMap(\.dividedByLocality)
    self.batchSize = Double(batchSize)
    self.threads = Double(threads)
  }

  /// Bytes of a forward pass.
  var forwardBytes: Double {
    // The model's weights and gradients, the same for each thread and for all threads together, and the packed weights.
    let copies = 2 + 2 * (threads + 1) + 1
    return copies * parameters + outputBytes
  }

  /// Bytes of a forward and a backward pass.
  var backwardBytes: Double {
    // A gradient in the kernels' layout, its sums in that layout and in the plain one, and the sum over all threads.
    forwardBytes + 4 * parameters + gradientBytes + keptBytes
  }

  /// Bytes of a training.
  ///
  /// - Parameter optimizerStates: the number of values that the optimizer stores for each parameter.
  func trainingBytes(optimizerStates: Int) -> Double {
    // A checkpoint is copied twice, into tensors and into the bytes of the file.
    backwardBytes + (3 * Double(optimizerStates) + 2) * parameters
  }

  /// Bytes of the scores of `samples` samples.
  func scoreBytes(samples: Int) -> Double {
    let outputs = segments.last.map { Double($0.output.count) } ?? 0
    return Double(samples) * (3 * Double(MemoryLayout<Int>.stride) + outputs * Self.floatBytes)
  }

  /// Bytes of the outputs of all segments.
  private var outputBytes: Double {
    segments.reduce(0) { $0 + activationBytes($1.output) }
  }

  /// Bytes of the gradients of maps that are stored for the whole batch: those at both ends of segments that are
  /// computed whole.
  private var gradientBytes: Double {
    var bytes = 0.0
    for (index, segment) in segments.enumerated() {
      let isEnd = !segment.isLocal || index + 1 < segments.count && !segments[index + 1].isLocal
      if isEnd { bytes += activationBytes(segment.output) }
    }
    return bytes
  }

  /// Bytes of the activations kept inside segments whose backward pass never uses crops.
  private var keptBytes: Double {
    var bytes = 0.0
    for segment in segments where !segment.isLocal {
      let interior = segment.operations.dropLast().map { activationBytes($0.output) }
      // Gradients alternate between two buffers.
      bytes += interior.reduce(0, +) + (interior.max() ?? 0)
    }
    return bytes
  }

  private func activationBytes(_ shape: Shape) -> Double { batchSize * Double(shape.count) * Self.floatBytes }

  private static let floatBytes = Double(MemoryLayout<Float>.stride)
}

/// Refuses work that needs more memory than the process is allowed to use.
///
/// - Parameter work: the work that needs the memory, for the error message: "training with batches of 32".
/// - Throws: ``BackdropError`` with code `.memory`.
func refuseMuchMemory(_ bytes: Double, for work: String) throws(BackdropError) {
  do {
    // A number this large exceeds every limit.
    try MemoryLimit.current.refuse(
      Int(min(bytes, 0x1p62)), for: work, choose: "a smaller batch, a smaller network or fewer threads")
  } catch {
    throw BackdropError(.memory, error.message, cause: error)
  }
}
