/// An element of a section's output that carries gradient.
struct Window: Equatable {
  /// Its sample in the batch.
  let sample: Int
  let y: Int
  let x: Int
}
