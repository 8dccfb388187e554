import GaussianField

/// What one thread computes with: kernels for one thread, and parameters and sums of gradients of its own.
final class Worker {
  let store: ParameterStore
  private let context: ComputeContext
  /// Memory of its own.
  let pool = BufferPool()
  private var passes: [Key: SegmentPass] = [:]
  private var wholePasses: [WholeKey: SegmentPass] = [:]
  /// Of each segment: what a whole pass keeps must last until its backward.
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

  /// Prepares the thread that it is called on.
  func enter() { context.enter() }

  /// A segment's pass through so many crops; the last one's activations are gone.
  ///
  /// - Parameter keeps: activations, for a backward pass.
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

  /// A segment's pass through the worker's samples of a batch, whole.
  ///
  /// - Parameters:
  ///   - index: the segment's number.
  ///   - batch: all samples of the batch.
  ///   - samples: the worker's.
  ///   - ends: for these samples.
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

  /// Forgets all passes, before the program is divided otherwise.
  func clear() {
    passes = [:]
    wholePasses = [:]
    wholePools = [:]
  }
}

/// The threads' workers.
///
/// Sendable: worker number i is used by thread i of ``onEach(_:)`` alone, or by the one that calls, when no threads run.
final class Workers: @unchecked Sendable {
  let all: [Worker]

  init(_ layout: ParameterLayout, _ program: Program, threads: Int) throws(BackdropError) {
    var all: [Worker] = []
    for _ in 0..<threads { all.append(try Worker(layout, program)) }
    self.all = all
  }

  /// Has each worker do its part on a thread of its own; the first error of the lowest worker is thrown.
  ///
  /// - Parameter body: is called at the same time with different workers, and must share nothing else that it changes.
  func onEach(_ body: (_ worker: Worker, _ index: Int) throws(BackdropError) -> Void) throws(BackdropError) {
    let errors = FirstErrors(count: all.count)
    withoutActuallyEscaping(body) { body in
      // The closure ends before this call does, and is told that it runs on several threads.
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
