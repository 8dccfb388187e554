import GaussianField

/// What one thread computes with: kernels for one thread, and parameters and sums of gradients of its own.
final class Worker {
  let store: ParameterStore
  private let context: ComputeContext
  /// Memory of its own.
  let pool = BufferPool()
  private var passes: [Key: SectionPass] = [:]
  private var wholePasses: [WholeKey: SectionPass] = [:]
  /// Of each section: what a whole pass keeps must last until its backward.
  private let wholePools: [BufferPool]

  private struct Key: Hashable {
    let section: String
    let geometry: WindowGeometry
    let windows: Int
  }

  private struct WholeKey: Hashable {
    let section: Int
    let batch: Int
  }

  init(_ layout: ParameterLayout, _ program: Program) throws(BackdropError) {
    context = try ComputeContext(threads: 1)
    store = try ParameterStore(layout, program, context)
    wholePools = program.segments.map { _ in BufferPool() }
  }

  /// Prepares the thread that it is called on.
  func enter() { context.enter() }

  /// A section's pass through so many windows; the last one's activations are gone.
  ///
  /// - Parameters:
  ///   - name: of the section, or of a part of one.
  ///   - keeps: activations, for a backward pass.
  func pass(
    _ section: Segment, name: String, _ geometry: WindowGeometry, windows: Int, keeps: Bool,
    inputLayout: TensorLayout
  ) throws(BackdropError) -> SectionPass {
    let key = Key(section: name, geometry: geometry, windows: windows)
    if let pass = passes[key] { return pass }
    let pass = try SectionPass(
      section, .window(geometry), samples: windows, keeps: keeps, inputLayout: inputLayout, store, pool, context)
    passes[key] = pass
    return pass
  }

  /// A section's pass through the worker's samples of a batch, whole.
  ///
  /// - Parameters:
  ///   - index: the section's number.
  ///   - batch: all samples of the batch.
  ///   - samples: the worker's.
  ///   - ends: for these samples.
  func wholePass(
    _ section: Segment, index: Int, batch: Int, samples: Int, ends: SectionPass.Ends, inputLayout: TensorLayout
  ) throws(BackdropError) -> SectionPass {
    let key = WholeKey(section: index, batch: batch)
    if let pass = wholePasses[key] { return pass }
    let pass = try SectionPass(
      section, .whole, samples: samples, keeps: true, ends: ends, inputLayout: inputLayout, store, wholePools[index],
      context)
    wholePasses[key] = pass
    return pass
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
