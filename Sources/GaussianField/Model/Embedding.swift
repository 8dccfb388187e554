/// The torus that open textures are cut from, and how exact that is: circulant embedding.
///
/// - Source: Dietrich and Newsam (1997); Graham, Kuo, Nuyens, Scheichl and Sloan, "Analysis of circulant embedding methods
///   for sampling stationary random fields" (2018), arXiv:1710.00751.
public struct Embedding: Hashable, Sendable {
  /// The torus's extents, in the order of the axes.
  public let extents: [Int]
  /// The maximum over all candidates of sum |negative eigenvalues| / sum of all; those are set to zero.
  public let negativeFraction: Double
  /// The maximum number of negative eigenvalues of a candidate.
  public let negativeCount: Int
}

extension Embedding {
  init(for model: FieldModel) throws(FieldError) {
    throw FieldError(.unsupportedShape, "open \(model.shape): expected a periodic boundary")
  }
}
