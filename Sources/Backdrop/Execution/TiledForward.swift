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
  ///   - leastTiles: how many tiles a sample must have at least, where its map can be divided so.
  init?(_ part: Program.Section, name: String, leastTiles: Int) {
    self.part = part
    self.name = "\(name), tiles to step \(part.steps.last?.layer ?? 0)"
    var square = max(part.output.height, part.output.width)
    var geometry = WindowGeometry(part, square: square)
    while square > Self.leastSquare,
      geometry.map({ $0.largestLevelBytes(part) > Self.tileBytes }) ?? true
        || Self.count(part.output, square) < leastTiles
    {
      square = (square + 1) / 2
      geometry = WindowGeometry(part, square: square)
    }
    guard let geometry else { return nil }
    self.square = square
    self.geometry = geometry
  }

  /// The number of tiles in a sample.
  var count: Int { Self.count(part.output, square) }

  private static func count(_ shape: Shape, _ square: Int) -> Int {
    ((shape.height + square - 1) / square) * ((shape.width + square - 1) / square)
  }

  /// The local steps that a section begins with, in stages; as far as they can be tiled.
  ///
  /// A first convolution does little with each byte that it writes: its output must not leave the cache, and so the next
  /// step is of the same stage; and no map of a very large image must ever be whole. After that each step is a stage of its
  /// own, which computes nothing twice.
  static func stages(_ section: Program.Section, name: String, leastTiles: Int) -> [TiledForward] {
    let local = section.steps.prefix { $0.isLocal }.count
    var first = min(2, local)
    while first < local, section.steps[first - 1].output.count * MemoryLayout<Float>.stride > wholeBytes { first += 1 }
    let ranges = [0..<first] + (first..<local).map { $0..<$0 + 1 }
    var stages: [TiledForward] = []
    for range in ranges where !range.isEmpty {
      let part = section.first(range.upperBound).dropFirst(range.lowerBound)
      // What cannot be tiled, and what follows it, is left to be computed whole.
      guard let stage = TiledForward(part, name: name, leastTiles: leastTiles) else { break }
      stages.append(stage)
    }
    return stages
  }

  /// Bytes of one sample's map between stages, at most.
  private static let wholeBytes = 20 << 20

  /// Computes one tile.
  ///
  /// - Parameters:
  ///   - tile: its number, row by row.
  ///   - sample: in the batch.
  ///   - source: the part's input, and the sample's place in it.
  ///   - output: of the part, and the sample's place in it.
  func run(
    tile: Int, ofSample sample: Int, from source: (map: MapSource, sample: Int),
    into output: (map: Tensor, sample: Int),
    _ factors: [Int: Mask], _ worker: Worker
  ) throws(BackdropError) {
    let level = geometry.levels[0]
    let columns = (part.output.width + square - 1) / square
    let window = Window(sample: sample, y: tile / columns * square, x: tile % columns * square)
    let pass = try worker.pass(
      part, name: name, geometry, windows: 1, keeps: false, inputLayout: source.map.shape.layout)
    pass.input.take(
      0, from: source.map, sample: source.sample, y: level.begin(window.y), x: level.begin(window.x),
      outside: part.steps[0].outside)
    try pass.forward(PassInputs(factors: factors, samples: [sample]), windows: [window])
    pass.output.put(0, into: output.map, sample: output.sample, y: window.y, x: window.x)
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
