import GaussianField
import Synchronization

/// The forward pass through some of a section's steps, tile by tile: a tile's activations stay in the processor's cache, and
/// none are kept.
///
/// A tile is a square of the last step's output; tiles overlap in what they depend on, and compute that twice.
struct TiledForward {
  /// The steps, as a section of their own.
  let part: Program.Section
  private let name: String
  private let geometry: WindowGeometry
  private let square: Int

  /// Bytes of a tile's largest level, at most, where the overlap leaves a choice.
  private static let tileBytes = 5 << 20
  /// The smallest square of several steps: smaller ones compute too much twice.
  private static let leastSquare = 16

  /// - Parameters:
  ///   - part: local steps.
  ///   - name: of the section, for the workers.
  ///   - samples: in a batch.
  ///   - threads: that there should be tiles for.
  init(_ part: Program.Section, name: String, samples: Int, threads: Int) {
    self.part = part
    self.name = "\(name), tiles to step \(part.steps.last?.layer ?? 0)"
    let (height, width) = (part.output.height, part.output.width)
    var square = max(height, width)
    func halve() { square = (square + 1) / 2 }
    func tiles() -> Int { samples * ((height + square - 1) / square) * ((width + square - 1) / square) }
    while square > Self.leastSquare,
      WindowGeometry(part, square: square).largestLevelBytes(part) > Self.tileBytes || tiles() < 2 * threads
    { halve() }
    self.square = square
    geometry = WindowGeometry(part, square: square)
  }

  /// The local steps that a section begins with, in stages: the first goes as far as the maps are large, the second takes
  /// the rest.
  ///
  /// A first convolution does little with each byte that it writes: its output must not leave the cache, and so the next
  /// step is always of the same stage. And no map of a very large image must ever be whole.
  static func stages(_ section: Program.Section, name: String, samples: Int, threads: Int) -> [TiledForward] {
    let local = section.steps.prefix { $0.isLocal }.count
    var first = min(2, local)
    while first < local, section.steps[first - 1].output.count * MemoryLayout<Float>.stride > wholeBytes { first += 1 }
    let ranges = [0..<first, first..<local].filter { !$0.isEmpty }
    return ranges.map { range in
      TiledForward(
        section.first(range.upperBound).dropFirst(range.lowerBound), name: name, samples: samples, threads: threads)
    }
  }

  /// Bytes of one sample's map between stages, at most.
  private static let wholeBytes = 20 << 20

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
