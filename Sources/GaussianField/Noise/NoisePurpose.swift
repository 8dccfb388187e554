/// The use of random words: the top 8 bits of the counter's scale word, so that different uses of one seed are
/// independent.
public enum NoisePurpose: UInt32, Sendable {
  /// Fourier coefficients of textures.
  case texture = 0
  /// The order of samples in an epoch, and splits.
  case order = 1
  /// Crops, flips and rolls.
  case augmentation = 2
  /// The masks of Backdrop.
  case mask = 3
  /// Initial weights.
  case initialisation = 4
  /// The choice of samples that are regenerated to verify a dataset.
  case verification = 5
  /// White noise in the pixels.
  case whiteNoise = 6
  /// Covariance parameters drawn for each sample.
  case label = 7

  /// The counter's scale word.
  package func word(scale: Int) -> UInt32 { rawValue << 24 | UInt32(scale) }
}
