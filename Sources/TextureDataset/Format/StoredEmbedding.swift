import GaussianField

/// What the files of open textures say of the torus that they are windows of. It follows from the recipe and is there to
/// be read; to find it again would take all the eigenvalues, so that it is only checked for whether it can be.
enum StoredEmbedding {
  private static let extents = "embedding"
  private static let negativeFraction = "embedding_negative_fraction"
  private static let negativeCount = "embedding_negative_count"

  /// The attributes of a file.
  static func attributes(of embedding: Embedding) -> [(name: String, value: ShardSchema.AttributeValue)] {
    [
      (extents, .integers(embedding.extents)),
      (negativeFraction, .double(embedding.negativeFraction)),
      (negativeCount, .integer(embedding.negativeCount)),
    ]
  }

  /// Reads a file's attributes; nothing for periodic textures, and where the file has none of the three.
  ///
  /// - Throws: ``DatasetError`` with code `.invalidFile` where one is missing, of another type, or cannot be.
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
        "\(root.owner): attribute \(extents) is \(FieldShape.text(found.extents)) with \(found.count) negative eigenvalues that make"
          + " \(significant(found.fraction)) of all; expected a torus of at least \(shape), and nothing below 0")
    }
    return embedding
  }
}

extension Embedding {
  /// For a person: the torus, and what was set to zero.
  package var text: String {
    "\(FieldShape.text(extents)), \(counted(negativeCount, "negative eigenvalue")), "
      + "\(significant(negativeFraction)) of the sum of all, set to zero"
  }
}
