import TextureDataset

extension Recipe {
  /// The size of the dataset's images.
  ///
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset` if the textures are series or volumes, on which
  ///   networks cannot be trained.
  public func trainingSize() throws(BackdropError) -> ImageSize {
    guard case .image(let height, let width) = field.shape else {
      throw BackdropError(
        .unsuitableDataset,
        "the dataset's textures are \(field.shape.name == "series" ? "series" : "\(field.shape.name)s") of "
          + "\(field.shape) pixels, but networks are trained on images; give a dataset of images (`gpgen --size`, or"
          + " `--shape y,x`)"
      )
    }
    return ImageSize(height: height, width: width)
  }

  /// Refuses a dataset with a single class, unless the loss is one of regression.
  ///
  /// - Throws: ``BackdropError`` with code `.unsuitableDataset`.
  package func refuseSingleClass(for loss: Loss) throws(BackdropError) {
    guard classCount > 1 || loss.isRegression else {
      throw BackdropError(
        .unsuitableDataset,
        "the dataset has one class, \(className(0)): there is nothing to distinguish; "
          + "give a scale at least two length scales")
    }
  }
}
