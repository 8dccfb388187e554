/// What a loss compares the outputs of a batch with.
///
/// Legend: B samples, K outputs.
public enum Targets: Equatable, Sendable {
  /// Classes, shape (B), from 0 to K - 1; with a binary loss 1 (positive) or 0.
  case classes([Int])
  /// Probabilities of the classes, shape (B, K), row-major, for cross-entropy; each row sums to 1.
  case probabilities([Float])
  /// Numbers, shape (B, K), row-major, for the mean squared error.
  case numbers([Float])
}
