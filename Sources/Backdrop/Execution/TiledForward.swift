/// The forward pass through some of a section's steps, tile by tile: a tile's activations stay in the processor's cache, and
/// none are kept.
///
/// A tile is a square of the last step's output; tiles overlap in what they depend on, and compute that twice.
struct TiledForward {
  /// The steps, as a section of their own.
  let part: Segment
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
  init?(_ part: Segment, name: String, leastTiles: Int) {
    self.part = part
    self.name = "\(name), tiles to step \(part.operations.last?.layer ?? 0)"
    var square = max(part.output.height, part.output.width)
    var geometry = WindowGeometry(part, square: square)
    while square > Self.leastSquare,
      geometry.map({ $0.maximumLevelBytes(part) > Self.tileBytes }) ?? true
        || Self.count(part.output, square) < leastTiles
    {
      square = (square + 1) / 2
      geometry = WindowGeometry(part, square: square)
    }
    guard let geometry else { return nil }
    self.square = square
    self.geometry = geometry
  }

  private static func count(_ shape: Shape, _ square: Int) -> Int {
    ((shape.height + square - 1) / square) * ((shape.width + square - 1) / square)
  }

  /// The local steps that a section begins with, in stages; as far as they can be tiled.
  ///
  /// A first convolution does little with each byte that it writes: its output must not leave the cache, and so the next
  /// step is of the same stage. After that each step is a stage of its own, which computes nothing twice.
  static func stages(_ section: Segment, name: String, leastTiles: Int) -> [TiledForward] {
    let local = section.operations.prefix { $0.isLocal }.count
    let first = min(2, local)
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

  /// The number of tiles that cover a part of the output.
  func count(_ area: MapArea) -> Int { Self.count(area.shape(channels: part.output.channels), square) }

  /// Computes one tile of a part of the output.
  ///
  /// - Parameters:
  ///   - tile: its number, row by row.
  ///   - area: the part of the output.
  ///   - sample: in the batch.
  ///   - source: the input, or what the area needs of it.
  ///   - output: for the area.
  func run(
    tile: Int, of area: MapArea, ofSample sample: Int, from source: (map: MapSource, place: MapPlace),
    into output: (map: Tensor, place: MapPlace), _ factors: [Int: Mask], _ worker: Worker
  ) throws(BackdropError) {
    let level = geometry.levels[0]
    let columns = (area.columns.count + square - 1) / square
    let window = Window(
      sample: sample, y: area.rows.lowerBound + tile / columns * square,
      x: area.columns.lowerBound + tile % columns * square)
    let pass = try worker.pass(
      part, name: name, geometry, windows: 1, keeps: false, inputLayout: source.map.shape.layout)
    pass.input.take(
      0, from: source.map, sample: source.place.sample, y: level.begin(window.y) - source.place.y,
      x: level.begin(window.x) - source.place.x, outside: part.operations[0].paddingValue)
    try pass.forward(PassInputs(masks: factors, samples: [sample]), windows: [window])
    // What the tile has beyond the area is made of what is not there.
    pass.output.put(
      0, into: output.map, sample: output.place.sample, y: window.y - output.place.y, x: window.x - output.place.x,
      rows: area.rows.upperBound - window.y, columns: area.columns.upperBound - window.x)
  }
}

extension Segment {
  /// The first operations, without the masks, which stand after the last.
  func first(_ count: Int) -> Segment {
    Segment(
      operations: Array(operations.prefix(count)), masks: [], input: input,
      output: count == 0 ? input : operations[count - 1].output)
  }

  /// The operations after the first ones.
  func dropFirst(_ count: Int) -> Segment {
    Segment(
      operations: Array(operations.dropFirst(count)), masks: masks,
      input: count == 0 ? input : operations[count - 1].output, output: output)
  }
}
