import GaussianField

/// One thread's resources: single-threaded kernels, and its own copy of the parameters and sums of gradients.
final class Worker {
  let store: ParameterStore
  private let context: ComputeContext
  /// The worker's own memory.
  let pool = BufferPool()
  private var passes: [Key: SegmentPass] = [:]
  private var wholePasses: [WholeKey: SegmentPass] = [:]
  /// One for each segment, because the activations of a whole pass must survive until its backward pass.
  private var wholePools: [Int: BufferPool] = [:]

  private struct Key: Hashable {
    /// The layers of the segment.
    let layers: ClosedRange<Int>
    let geometry: CropGeometry
    let crops: Int
    let keeps: Bool
  }

  private struct WholeKey: Hashable {
    let segment: Int
    let batch: Int
  }

  init(_ layout: ParameterLayout, _ program: Program) throws(BackdropError) {
    context = try ComputeContext(threads: 1)
    store = try ParameterStore(layout, program, context)
  }

  /// Prepares the calling thread.
  func enter() { context.enter() }

  /// A segment's pass through `crops` crops. It overwrites the activations of the pass before.
  ///
  /// - Parameter keeps: whether to keep activations, for a backward pass.
  func pass(
    _ segment: Segment, _ geometry: CropGeometry, crops: Int, keeps: Bool, inputLayout: TensorLayout
  ) throws(BackdropError) -> SegmentPass {
    let key = Key(layers: segment.layers, geometry: geometry, crops: crops, keeps: keeps)
    if let pass = passes[key] { return pass }
    let pass = try SegmentPass(
      segment, .crop(geometry), samples: crops, keeps: keeps, inputLayout: inputLayout, store, pool, context)
    passes[key] = pass
    return pass
  }

  /// A whole pass of a segment for the worker's samples of a batch.
  ///
  /// - Parameters:
  ///   - index: the segment's number.
  ///   - batch: the number of samples in the batch.
  ///   - samples: the number of the worker's samples.
  ///   - ends: the tensors at both ends, for these samples.
  func wholePass(
    _ segment: Segment, index: Int, batch: Int, samples: Int, ends: SegmentPass.Ends, inputLayout: TensorLayout
  ) throws(BackdropError) -> SegmentPass {
    let key = WholeKey(segment: index, batch: batch)
    if let pass = wholePasses[key] { return pass }
    let pool = wholePools[index] ?? BufferPool()
    wholePools[index] = pool
    let pass = try SegmentPass(
      segment, .whole, samples: samples, keeps: true, ends: ends, inputLayout: inputLayout, store, pool, context)
    wholePasses[key] = pass
    return pass
  }

  /// Discards all passes, before the program is divided differently.
  func clear() {
    passes = [:]
    wholePasses = [:]
    wholePools = [:]
  }
}

/// The workers, one for each thread.
///
/// Sendable: worker i is used only by thread i of ``onEach(_:)``, or by the calling thread while no threads run.
final class Workers: @unchecked Sendable {
  let all: [Worker]

  init(_ layout: ParameterLayout, _ program: Program, threads: Int) throws(BackdropError) {
    var all: [Worker] = []
    for _ in 0..<threads { all.append(try Worker(layout, program)) }
    self.all = all
  }

  /// Calls `body` with each worker, on a separate thread. If several fail, the error of the lowest-numbered worker is
  /// thrown.
  ///
  /// - Parameter body: called concurrently with different workers; must not change any other shared state.
  func onEach(_ body: (_ worker: Worker, _ index: Int) throws(BackdropError) -> Void) throws(BackdropError) {
    let errors = FirstErrors(count: all.count)
    withoutActuallyEscaping(body) { body in
      // `onThreads` returns after all calls of the closure, and `body` is written to run on several threads.
      nonisolated(unsafe) let body = body
      onThreads(all.count) { index in
        all[index].enter()
        do throws(BackdropError) {
          try body(all[index], index)
        } catch {
          errors.set(error, index)
        }
      }
    }
    if let error = errors.first { throw error }
  }
}
