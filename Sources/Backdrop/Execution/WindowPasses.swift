/// The passes through windows, for a few numbers of them: kernels are made once, and any number is put together from these.
final class WindowPasses {
  private let program: Program
  private let store: ParameterStore
  private let context: ComputeContext
  private let geometries: [WindowGeometry?]
  private let pools: [BufferPool]
  private var passes: [Key: SectionPass] = [:]

  private struct Key: Hashable {
    let section: Int
    let samples: Int
  }

  /// Windows in a pass, at most.
  private static let most = 32
  /// Bytes of a pass's largest level, at most, where that leaves more than one window: so much stays in a processor's
  /// cache.
  private static let levelBytes = 16 << 20

  init(_ program: Program, _ store: ParameterStore, _ context: ComputeContext) {
    self.program = program
    self.store = store
    self.context = context
    geometries = program.sections.map { $0.isLocal ? WindowGeometry($0) : nil }
    pools = program.sections.map { _ in BufferPool() }
  }

  /// The geometry of a section's windows.
  func geometry(ofSection section: Int) -> WindowGeometry {
    guard let geometry = geometries[section] else { preconditionFailure("only a local section has windows") }
    return geometry
  }

  /// A section's pass through so many windows.
  func pass(section: Int, windows: Int, inputLayout: TensorLayout) throws(BackdropError) -> SectionPass {
    let key = Key(section: section, samples: windows)
    if let pass = passes[key] { return pass }
    let pass = try SectionPass(
      program.sections[section], .window(geometry(ofSection: section)), samples: windows, keeps: true,
      inputLayout: inputLayout, store, pools[section], context)
    passes[key] = pass
    return pass
  }

  /// The sizes of the passes that take `count` windows together: powers of two, the largest first; the last may have
  /// more places than there are windows left.
  func sizes(section: Int, count: Int) -> [Int] {
    let steps = zip(program.sections[section].steps, geometry(ofSection: section).levels.dropFirst())
    let largest = steps.map { $0.output.channels * $1.side * $1.side * MemoryLayout<Float>.stride }.max() ?? 1
    var most = Self.most
    while most > 1, most * largest > Self.levelBytes { most /= 2 }
    // A pass of few windows is hardly faster than one of four.
    let least = min(4, most)
    var (sizes, left) = ([Int](), count)
    while left > 0 {
      var size = most
      while size > left, size > least || (size > 1 && count < least) { size /= 2 }
      sizes.append(size)
      left -= size
    }
    return sizes
  }
}
