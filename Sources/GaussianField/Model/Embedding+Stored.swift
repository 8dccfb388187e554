extension Embedding {
  /// An embedding read from a file; nil if it does not fit the textures' shape.
  ///
  /// - Parameters:
  ///   - extents: the torus's extents, in the order of the axes.
  ///   - negativeFraction: sum |negative eigenvalues| / sum of all.
  ///   - negativeCount: the number of negative eigenvalues.
  ///   - shape: the shape of the textures.
  package init?(stored extents: [Int], negativeFraction: Double, negativeCount: Int, for shape: FieldShape) {
    guard extents.count == shape.dimensions, zip(extents, shape.extents).allSatisfy({ $0 >= $1 }),
      negativeFraction.isFinite, negativeFraction >= 0, negativeCount >= 0
    else { return nil }
    self.init(extents: extents, negativeFraction: negativeFraction, negativeCount: negativeCount)
  }
}
