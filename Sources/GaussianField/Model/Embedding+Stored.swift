extension Embedding {
  /// The embedding of textures, as a file tells it; nil where none of that shape can be.
  ///
  /// - Parameters:
  ///   - extents: the torus's, in the order of the axes.
  ///   - negativeFraction: sum |negative eigenvalues| / sum of all.
  ///   - negativeCount: the number of negative eigenvalues.
  ///   - shape: the textures'.
  package init?(stored extents: [Int], negativeFraction: Double, negativeCount: Int, for shape: FieldShape) {
    guard extents.count == shape.dimensions, zip(extents, shape.extents).allSatisfy({ $0 >= $1 }),
      negativeFraction.isFinite, negativeFraction >= 0, negativeCount >= 0
    else { return nil }
    self.init(extents: extents, negativeFraction: negativeFraction, negativeCount: negativeCount)
  }
}
