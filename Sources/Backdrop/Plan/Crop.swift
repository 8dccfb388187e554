/// A square of a segment's output, for which the segment is computed on its own: a surviving cell, a few of them, or a tile.
struct Crop: Equatable {
  /// The number of its sample in the batch.
  let sample: Int
  /// Its first row.
  let y: Int
  /// Its first column.
  let x: Int
}

/// The crops of a step's backward pass.
enum CropList: Equatable {
  /// By sample, row and column.
  case known([Crop])
  /// Those that the backward pass finds to carry gradient.
  case found
}
