import GaussianField
import Synchronization

/// The forward pass through a section's first steps, tile by tile: a tile's activations never leave the processor's cache,
/// and none are kept.
///
/// A tile is a square of the last step's output; tiles overlap in what they depend on, and compute that twice.
struct TiledForward {
  /// The steps, as a section of their own.
  let part: Program.Section
  private let name: String
  private let geometry: WindowGeometry
  private let square: Int

  /// Bytes of a batch's level that may be left for the rest of the section, which passes through memory.
  private static let restBytes = 24 << 20
  /// Bytes of a tile's largest level: with what else a thread needs, it fits into a core's own cache.
  private static let tileBytes = 640 << 10

  /// The steps of a section that are worth it for so many samples: those from the first to where little memory is left to
  /// pass through; none where the section is small.
  init?(_ section: Program.Section, name: String, samples: Int) {
    var steps = 0
    for step in section.steps {
      guard step.isLocal else { break }
      let bytes = samples * step.output.count * MemoryLayout<Float>.stride
      guard bytes > Self.restBytes else { break }
      steps += 1
    }
    guard steps > 0 else { return nil }
    // The next step makes less of it.
    if steps < section.steps.count, section.steps[steps].isLocal { steps += 1 }
    part = section.first(steps)
    var square = 64
    while square > 4,
      WindowGeometry(part, square: square).largestLevelBytes(part) > Self.tileBytes
    { square -= 4 }
    self.square = square
    geometry = WindowGeometry(part, square: square)
    self.name = "\(name), tiles"
  }

  /// - Parameters:
  ///   - source: the section's input.
  ///   - output: of the last step.
  func run(
    _ source: MapSource, into output: Tensor, factors: [Int: Mask], _ workers: Workers
  ) throws(BackdropError) {
    let rows = (part.output.height + square - 1) / square
    let columns = (part.output.width + square - 1) / square
    let count = source.shape.samples * rows * columns
    let next = Atomic(0)
    let level = geometry.levels[0]
    try workers.onEach { worker, _ throws(BackdropError) in
      let pass = try worker.pass(
        part, name: name, geometry, windows: 1, keeps: false, inputLayout: source.shape.layout)
      while true {
        let tile = next.add(1, ordering: .relaxed).oldValue
        guard tile < count else { return }
        let window = Window(
          sample: tile / (rows * columns), y: tile / columns % rows * square, x: tile % columns * square)
        pass.input.take(
          0, from: source, sample: window.sample, y: level.begin(window.y), x: level.begin(window.x),
          outside: part.steps[0].outside)
        try pass.forward(PassInputs(factors: factors, samples: [window.sample]), windows: [window])
        pass.output.put(0, into: output, sample: window.sample, y: window.y, x: window.x)
      }
    }
  }
}

extension Program.Section {
  /// The first steps, without the masks, which stand after the last.
  func first(_ count: Int) -> Program.Section {
    Program.Section(
      steps: Array(steps.prefix(count)), masks: [], input: input,
      output: count == 0 ? input : steps[count - 1].output)
  }

  /// The steps after the first ones.
  func dropFirst(_ count: Int) -> Program.Section {
    Program.Section(
      steps: Array(steps.dropFirst(count)), masks: masks, input: count == 0 ? input : steps[count - 1].output,
      output: output)
  }
}
