import TextureDataset

extension Recipe {
  /// The side of the dataset's square images, in pixels: networks learn from these alone.
  ///
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset` where the textures are of another shape.
  public func trainingSide() throws(BackdropError) -> Int {
    let shape = field.shape
    guard let side = shape.side else {
      throw BackdropError(
        .unsuitableDataset,
        "the dataset's textures are \(shape.name == "series" ? "series" : "\(shape.name)s") of \(shape) pixels: networks are "
          + "trained on square images; give a dataset of these (`gpgen --size`)")
    }
    return side
  }
}
