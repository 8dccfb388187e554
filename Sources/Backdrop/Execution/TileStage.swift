/// The forward pass of a few operations of a segment, tile by tile: a tile's activations stay in the processor's cache, and
/// none are kept.
///
/// A tile is a square of the last operation's output; tiles overlap in what they depend on, and compute that twice.
struct TileStage {
  /// The operations, as a segment of their own.
  let segment: Segment
  private let geometry: CropGeometry

  /// Bytes of a tile's largest level, at most, where the overlap leaves a choice.
  private static let tileBytes = 5 << 20
  /// The smallest square of several operations: smaller ones compute too much twice.
  private static let leastSquare = 16

  /// - Parameters:
  ///   - segment: local operations.
  ///   - leastTiles: how many tiles a sample must have at least, where its map can be divided so.
  init?(_ segment: Segment, leastTiles: Int) {
    self.segment = segment
    var square = max(segment.output.height, segment.output.width)
    var geometry = CropGeometry(segment, square: square)
    func isTooLarge(_ geometry: CropGeometry) -> Bool {
      geometry.levelBytes(segment).max() ?? 0 > Self.tileBytes
    }
    while square > Self.leastSquare,
      geometry.map(isTooLarge) ?? true || Self.count(segment.output.height, segment.output.width, square) < leastTiles
    {
      square = (square + 1) / 2
      geometry = CropGeometry(segment, square: square)
    }
    guard let geometry else { return nil }
    self.geometry = geometry
  }

  private static func count(_ height: Int, _ width: Int, _ square: Int) -> Int {
    ((height + square - 1) / square) * ((width + square - 1) / square)
  }

  /// The local operations that a segment begins with, in stages; as far as they can be tiled.
  ///
  /// A first convolution does little with each byte that it writes: its output must not leave the cache, and so the next
  /// operation is of the same stage. After that each operation is a stage of its own, which computes nothing twice.
  static func stages(_ segment: Segment, leastTiles: Int) -> [TileStage] {
    let local = segment.operations.prefix { $0.isLocal }.count
    let first = min(2, local)
    let ranges = [0..<first] + (first..<local).map { $0..<$0 + 1 }
    var stages: [TileStage] = []
    for range in ranges where !range.isEmpty {
      // What cannot be tiled, and what follows it, is left to be computed whole.
      guard let stage = TileStage(segment[range], leastTiles: leastTiles) else { break }
      stages.append(stage)
    }
    return stages
  }

  /// The number of tiles that cover an area of the output.
  func count(_ area: MapArea) -> Int { Self.count(area.rows.count, area.columns.count, geometry.square) }

  /// Computes one tile of an area of the output.
  ///
  /// - Parameters:
  ///   - tile: its number, row by row.
  ///   - input: the input, or what the area needs of it.
  ///   - output: for the area.
  func run(
    tile: Int, of area: MapArea, sample: Int, from input: MapView, into output: MapView, _ masks: [Int: Mask],
    _ worker: Worker
  ) throws(BackdropError) {
    let square = geometry.square
    let columns = (area.columns.count + square - 1) / square
    let crop = Crop(
      sample: sample, y: area.rows.lowerBound + tile / columns * square,
      x: area.columns.lowerBound + tile % columns * square)
    let pass = try worker.pass(segment, geometry, crops: 1, keeps: false, inputLayout: input.shape.layout)
    pass.take([crop], from: input)
    try pass.forward(PassInputs(masks: masks, samples: [sample]), crops: [crop])
    // What the tile has beyond the area is made of what is not there.
    pass.output.put(
      0, into: output, sample: sample, y: crop.y, x: crop.x, rows: area.rows.upperBound - crop.y,
      columns: area.columns.upperBound - crop.x)
  }
}

/// A rectangle of a map.
struct MapArea {
  var rows: Range<Int>
  var columns: Range<Int>

  /// The whole map.
  init(_ shape: Shape) {
    rows = 0..<shape.height
    columns = 0..<shape.width
  }

  /// The part of a level that a square of the output at (y, x) depends on.
  init(_ level: CropGeometry.Level, y: Int, x: Int) {
    rows = level.covered(y, of: level.height)
    columns = level.covered(x, of: level.width)
  }

  /// A map of this size.
  func shape(channels: Int) -> Shape { Shape(channels: channels, height: rows.count, width: columns.count) }
}
