/// The forward pass of a few operations of a segment, tile by tile. A tile's activations stay in the processor's cache,
/// and none are kept.
///
/// A tile is a square of the last operation's output. The inputs of adjacent tiles overlap, and the overlap is computed
/// twice.
struct TileStage {
  /// The stage's operations, as a segment.
  let segment: Segment
  private let geometry: CropGeometry

  /// The maximum bytes of a tile's largest level, unless the square would become too small.
  private static let tileBytes = 5 << 20
  /// The minimum side of a square; smaller squares would compute too much twice.
  private static let minimumSquare = 16

  /// - Parameters:
  ///   - segment: the stage's operations, all of them local.
  ///   - minimumTiles: the minimum number of tiles of a sample, if its map can be divided into that many.
  init?(_ segment: Segment, minimumTiles: Int) {
    self.segment = segment
    var square = max(segment.output.height, segment.output.width)
    var geometry = CropGeometry(segment, square: square)
    func isTooLarge(_ geometry: CropGeometry) -> Bool {
      geometry.levelBytes(segment).max() ?? 0 > Self.tileBytes
    }
    while square > Self.minimumSquare,
      geometry.map(isTooLarge) ?? true || Self.count(segment.output.height, segment.output.width, square) < minimumTiles
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

  /// Divides the local operations at the beginning of a segment into stages, as far as they can be tiled.
  ///
  /// The first convolution does little work for each byte that it writes. Its output must not leave the cache, so the
  /// next operation belongs to the same stage. Every later operation is a stage by itself, which computes nothing
  /// twice.
  static func stages(_ segment: Segment, minimumTiles: Int) -> [TileStage] {
    let local = segment.operations.prefix { $0.isLocal }.count
    let first = min(2, local)
    let ranges = [0..<first] + (first..<local).map { $0..<$0 + 1 }
    var stages: [TileStage] = []
    for range in ranges where !range.isEmpty {
      // An operation that cannot be tiled, and those after it, are computed whole.
      guard let stage = TileStage(segment[range], minimumTiles: minimumTiles) else { break }
      stages.append(stage)
    }
    return stages
  }

  /// The number of tiles that cover an area of the output.
  func count(_ area: MapArea) -> Int { Self.count(area.rows.count, area.columns.count, geometry.square) }

  /// Computes one tile of an area of the output.
  ///
  /// - Parameters:
  ///   - tile: the tile's number, row by row.
  ///   - input: the input, or the part of it that the area needs.
  ///   - output: the map that contains the area.
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
    // Beyond the area, the tile was computed from missing input.
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
