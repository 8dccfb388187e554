/// A square of a segment's output for which the segment is computed separately: a surviving cell, a few of them, or a
/// tile.
struct Crop: Equatable {
  /// The position of its sample in the batch.
  let sample: Int
  /// Its first row.
  let y: Int
  /// Its first column.
  let x: Int
}

/// The crops of a step's backward pass.
enum CropList: Equatable {
  /// Known before the step, sorted by sample, row and column.
  case known([Crop])
  /// Found by the backward pass, where there is gradient.
  case found
}
