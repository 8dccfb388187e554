import GaussianField

extension Textures {
  /// Textures in a file made by any program: a .npy array or an HDF5 dataset, of shape (samples, extents...).
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - dataset: the name of the HDF5 dataset; nil if only one has the shape.
  ///   - shape: of a texture.
  /// - Throws: ``DatasetError`` if the file does not contain such an array.
  init(foreign path: String, dataset: String?, shape: FieldShape) throws(DatasetError) {
    if NumPyFile.isNumPy(path) {
      if let dataset {
        throw DatasetError(
          .invalidFile, "\(path): is a .npy array, which has no dataset \(dataset); omit --dataset")
      }
      let array = try NumPyFile(path)
      try self.init(path: path, file: array.file, array.shape, array.element, array.offset, shape)
      return
    }
    let entries = try ForeignHDF5.entries(path, name: dataset)
    let fitting =
      dataset != nil ? entries : entries.filter { Self.samples($0.shape, of: shape) != nil && $0.element != nil }
    guard let entry = fitting.first, fitting.count == 1 else {
      let names = (fitting.isEmpty ? entries : fitting).prefix(20).map { "\($0.name.escaped) \($0.shape)" }
      throw DatasetError(
        .invalidFile,
        "\(path): "
          + (fitting.isEmpty
            ? "no dataset at the root has floats of shape (samples, \(Self.text(shape)))"
            : "several datasets match; name one with --dataset")
          + (names.isEmpty ? "" : ": \(names.joined(separator: ", "))"))
    }
    guard let element = entry.element else {
      throw DatasetError(
        .invalidFile,
        "\(path): \(entry.name.escaped): expected little-endian floats of 2, 4 or 8 bytes; convert it first")
    }
    guard entry.layout == .contiguous, let offset = entry.offset else {
      throw DatasetError(
        .invalidFile,
        "\(path): \(entry.name.escaped): is chunked, filtered or empty; expected a contiguous dataset. Convert it with"
          + " h5py: h5py.File('plain.h5', 'w')['\(entry.name.escaped)'] = h5py.File('\(path)')['\(entry.name.escaped)'][:]"
      )
    }
    try self.init(path: path, file: try OpenedFile(path), entry.shape, element, offset, shape)
  }

  private init(
    path: String, file: OpenedFile, _ found: [Int], _ element: Element, _ offset: Int, _ shape: FieldShape
  ) throws(DatasetError) {
    guard let samples = Self.samples(found, of: shape) else {
      throw DatasetError(
        .invalidFile,
        "\(path): has the shape \(found); expected (samples, \(Self.text(shape))), according to the recipe")
    }
    guard Recipe.sampleRange.contains(samples) else {
      throw DatasetError(
        .invalidFile, "\(path): has \(counted(samples, "sample")); expected at least 1 and at most 2^32 - 1")
    }
    let (bytes, overflow) = (shape.pixels * element.bytes).multipliedReportingOverflow(by: samples)
    guard !overflow, offset >= 0, offset <= file.size, bytes <= file.size - offset else {
      throw DatasetError(.invalidFile, "\(path): its elements extend beyond the end of the file, which is truncated")
    }
    self.init(
      pixels: shape.pixels, element: element,
      parts: [Part(samples: 0..<samples, file: file, offset: offset, checksums: nil)])
  }

  /// The number of samples of an array; nil if its shape does not match. An axis of one channel may follow the samples.
  private static func samples(_ found: [Int], of shape: FieldShape) -> Int? {
    guard let samples = found.first else { return nil }
    let rest = Array(found.dropFirst())
    return rest == shape.extents || rest == [1] + shape.extents ? samples : nil
  }

  private static func text(_ shape: FieldShape) -> String { shape.extents.map(String.init).joined(separator: ", ") }
}
