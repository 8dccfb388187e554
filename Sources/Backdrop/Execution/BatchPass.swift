/// The forward and backward pass through all segments, for a fixed number of samples.
///
/// Legend: B samples, x a segment's input, y its output.
final class BatchPass {
  let checkpoints: Checkpoints
  /// B.
  let samples: Int
  let workers: Workers
  private let standardization: Standardization
  private let store: ParameterStore
  /// For whole passes: one context with all threads, one with a single thread.
  private let contexts: (all: ComputeContext, one: ComputeContext)
  private let pools: PassPools
  private let maximumBatch: Int
  /// The shape of the images, then of each segment's output.
  private let shapes: [TensorShape]
  /// The times of the last forward and backward pass.
  var times = SegmentTimes()
  private var wholes: [Int: WholeSegment] = [:]
  private var forwards: [Int: SegmentForward] = [:]

  /// - Parameters:
  ///   - samples: B.
  ///   - maximumBatch: the maximum number of samples of the passes that share the pools.
  init(
    _ checkpoints: Checkpoints, samples: Int, maximumBatch: Int, _ standardization: Standardization,
    _ store: ParameterStore, _ workers: Workers, _ pools: PassPools,
    _ contexts: (all: ComputeContext, one: ComputeContext)
  ) {
    self.checkpoints = checkpoints
    self.samples = samples
    self.maximumBatch = maximumBatch
    self.standardization = standardization
    self.store = store
    self.workers = workers
    self.pools = pools
    self.contexts = contexts
    var shapes = [TensorShape(samples: samples, checkpoints.segments[0].input, .plain)]
    for segment in checkpoints.segments {
      let layout = segment.outputLayout(from: shapes[shapes.count - 1].layout, contexts.all.activationLayout)
      shapes.append(TensorShape(samples: samples, segment.output, layout))
    }
    self.shapes = shapes
  }

  /// The output y of a segment.
  func output(_ segment: Int) throws(BackdropError) -> Tensor {
    let shape = shapes[segment + 1]
    return Tensor(shape, in: try pools.maps.buffer("output \(segment)", count: maximumBatch * shape.sampleCount))
  }

  /// dL/dy of a segment; for -1, dL/dx of the standardized images.
  func gradient(_ segment: Int) throws(BackdropError) -> Tensor {
    let shape = shapes[segment + 1]
    return Tensor(shape, in: try pools.maps.buffer("gradient \(segment)", count: maximumBatch * shape.sampleCount))
  }

  /// dL/dy of a segment for a group of samples, in memory shared with the segments before it.
  func gradient(_ segment: Int, samples: Range<Int>) throws(BackdropError) -> Tensor {
    var shape = shapes[segment + 1]
    shape.samples = samples.count
    let group = min(maximumBatch, checkpoints.samplesPerGroup)
    return Tensor(
      shape, in: try pools.maps.buffer("group gradient \(segment % 2)", count: group * shape.sampleCount))
  }

  /// The input x of a segment.
  func input(_ segment: Int, _ images: UnsafePointer<Float>) throws(BackdropError) -> MapView {
    segment == 0 ? MapView(images, shapes[0], standardization) : MapView(try output(segment - 1))
  }

  /// A segment that is computed whole.
  func whole(_ index: Int) throws(BackdropError) -> WholeSegment {
    if let whole = wholes[index] { return whole }
    let ends = SegmentPass.Ends(
      input: index == 0 ? nil : try output(index - 1), output: try output(index),
      inputGradient: try gradient(index - 1), outputGradient: try gradient(index))
    let whole = try WholeSegment(
      checkpoints.segments[index], index: index, samples: samples, ends: ends, inputLayout: shapes[index].layout,
      workers, store, pools.whole(index), context(index))
    wholes[index] = whole
    return whole
  }

  /// The forward pass of a segment of which only the output is kept.
  func forward(_ index: Int) throws(BackdropError) -> SegmentForward {
    context(index).enter()
    if let forward = forwards[index] { return forward }
    let forward = try SegmentForward(
      checkpoints.segments[index], input: shapes[index], output: try output(index), threads: workers.all.count, store,
      pools.forward, context(index))
    forwards[index] = forward
    return forward
  }

  /// The multiply-adds from which several threads pay. One thread finishes a small segment before others would wake up,
  /// and OpenMP's threads spin afterwards and slow down other work.
  private static let workForThreads = 50e6

  private func context(_ segment: Int) -> ComputeContext {
    let work = checkpoints.segments[segment].operations.reduce(0) { $0 + $1.forwardMultiplyAdds }
    return work * Double(samples) < Self.workForThreads ? contexts.one : contexts.all
  }
}

/// Memory shared by passes of different batch sizes, which never run at the same time.
final class PassPools {
  let maps = BufferPool()
  let forward = BufferPool()
  private var wholes: [Int: BufferPool] = [:]

  /// The pool of a segment.
  func whole(_ segment: Int) -> BufferPool {
    if let pool = wholes[segment] { return pool }
    let pool = BufferPool()
    wholes[segment] = pool
    return pool
  }
}
