import GaussianField

/// The stored torus that open textures are windows of. It follows from the recipe and is only informative; recomputing
/// it would take all the eigenvalues, so it is only checked for plausibility.
enum StoredEmbedding {
  private static let extents = "embedding"
  private static let negativeFraction = "embedding_negative_fraction"
  private static let negativeCount = "embedding_negative_count"

  /// The attributes to store.
  static func attributes(of embedding: Embedding) -> [(name: String, value: ShardSchema.AttributeValue)] {
    [
      (extents, .integers(embedding.extents)),
      (negativeFraction, .double(embedding.negativeFraction)),
      (negativeCount, .integer(embedding.negativeCount)),
    ]
  }

  /// Reads a file's attributes; nil for periodic textures, or if the file has none of the three.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidFile` if one is missing, of another type, or impossible.
  static func read(_ root: HDF5Attributes, of recipe: Recipe) throws(DatasetError) -> Embedding? {
    switch recipe.field.boundary {
    case .periodic: return nil
    case .open: break
    }
    var count = 0
    for name in [extents, negativeFraction, negativeCount] where try root.has(name) { count += 1 }
    guard count > 0 else { return nil }
    let shape = recipe.field.shape
    let found = try (
      extents: root.integers(extents, count: shape.dimensions), fraction: root.doubles(negativeFraction, count: 1)[0],
      count: root.integer(negativeCount)
    )
    guard
      let embedding = Embedding(
        stored: found.extents, negativeFraction: found.fraction, negativeCount: found.count, for: shape)
    else {
      throw DatasetError(
        .invalidFile,
        "\(root.owner): attribute \(extents) is \(FieldShape.text(found.extents)) with \(found.count) negative eigenvalues, a fraction"
          + " of \(significant(found.fraction)); expected a torus of at least \(shape), and nothing below 0")
    }
    return embedding
  }
}

extension Embedding {
  /// A readable description: the torus, and what was set to zero.
  package var text: String {
    "\(FieldShape.text(extents)), \(counted(negativeCount, "negative eigenvalue")), "
      + "\(significant(negativeFraction)) of the sum of all eigenvalues, set to zero; this adds the same fraction to the variance"
  }
}
