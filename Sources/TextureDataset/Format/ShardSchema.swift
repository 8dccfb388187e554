import GaussianField

/// The contents of a shard or an index: an entry for each HDF5 dataset, in the order of creation.
///
/// The writer, the verifier and the size estimate iterate over these entries, and a test compares them with the tables
/// of `schemas/shard.md`: a new dataset is one entry here and one line there.
struct ShardSchema: Sendable {
  /// The pixels; named after the kind of texture: series, image or volume.
  let image: Dataset
  let label: Dataset
  let checksum: Dataset
  /// All datasets, first the coordinates, which name the axes of the others.
  let datasets: [Dataset]

  /// The file's samples, numbered in the whole dataset.
  let samples: Range<Int>

  /// - Parameter checksums: one for each sample, if known.
  init(_ recipe: Recipe, samples: Range<Int>, checksums: [UInt32]? = nil) {
    let sample = Axis(name: "sample", positions: samples)
    let scale = Axis(name: "scale", positions: 0..<recipe.scaleCount)
    let shape = recipe.field.shape
    let places = zip(shape.axes, shape.extents).map { Axis(name: $0, positions: 0..<$1) }
    // The numbers of a dataset that depends on the sample's class alone.
    func ofClass<Element: BitwiseCopyable>(_ row: @escaping @Sendable (Int) -> [Element]) -> Numbers {
      Numbers {
        let rows = (0..<recipe.classCount).map(row)
        return { index, target in
          rows[recipe.classIndex(ofSample: samples.lowerBound + index)].withUnsafeBytes { target.copyMemory(from: $0) }
        }
      }
    }
    // The numbers of a dataset that depends on the covariances: on the class alone, or on the sample if parameters are
    // ranges.
    func ofCovariances(_ number: @escaping @Sendable (CovarianceModel) -> Double) -> Numbers {
      guard recipe.field.hasRanges else {
        // Sample c is the first sample of class c.
        return ofClass { recipe.covariances(ofSample: $0).map { Float(number($0)) } }
      }
      return Numbers {
        { index, target in
          let row = recipe.covariances(ofSample: samples.lowerBound + index).map { Float(number($0)) }
          row.withUnsafeBytes { target.copyMemory(from: $0) }
        }
      }
    }
    let isPlain = RecipeDocument(recipe).candidates == nil
    let formulas = recipe.field.familyNames.compactMap { CovarianceFamily.named($0)?.formula }
    let formula = formulas.count == 1 ? " of the covariance \(formulas[0])" : ""
    self.samples = samples
    image = Dataset(
      name: shape.name, type: recipe.dtype.elementType, axes: [sample] + places, longName: "texture")
    label = Dataset(
      name: "label", type: .int64, axes: [sample], longName: "index of the class", numbers: ofClass { [Int64($0)] })
    checksum = Dataset(
      name: "crc32c", type: .uint32, axes: [sample], longName: "CRC-32C of the sample's \(shape.name) bytes",
      numbers: checksums.map { checksums in
        Numbers { { $1.storeBytes(of: checksums[$0].littleEndian, as: UInt32.self) } }
      })
    let coordinates = places.map { Dataset(numbering: $0, longName: Self.longName(of: $0, in: shape), units: "pixel") }
    datasets =
      [
        Dataset(numbering: sample, longName: "index of the sample in the whole dataset"),
        Dataset(numbering: scale, longName: "scale of the texture"),
      ] + coordinates + [
        image,
        label,
        Dataset(
          name: "scale_label", type: .int64, axes: [sample, scale],
          longName: "index of the \(isPlain ? "length scale" : "covariance") among the scale's candidates",
          numbers: ofClass { recipe.choices(ofClass: $0).map { Int64($0) } }),
        Dataset(
          name: "length_scale", type: .float32, axes: [sample, scale],
          longName: "length scale l\(formula)", units: "pixel",
          numbers: ofCovariances { $0.lengthScale ?? .nan }),
      ]
      + recipe.varyingParameters.map { parameter in
        Dataset(
          name: parameter.name, type: .float32, axes: [sample, scale], longName: parameter.meaning,
          units: parameter.name.hasPrefix("angle") ? "degree" : parameter.name.hasSuffix("_scale") ? "pixel" : "1",
          numbers: ofCovariances { $0.number(parameter) })
      } + [checksum]
  }

  /// What the positions of a texture's axis are.
  private static func longName(of axis: Axis, in shape: FieldShape) -> String {
    switch (axis.name, shape) {
    case ("z", _): "plane"
    case ("y", _): "row"
    case (_, .series): "point"
    case (_, .image), (_, .volume): "column"
    }
  }

  /// Estimated size on the disk of everything except the pixels, in bytes; a lower bound.
  var bytesBesidePixels: Int {
    let attributesAndStructure = 65536
    return datasets.filter { $0.name != image.name }.reduce(attributesAndStructure) {
      $0 + $1.bytesPerRow * $1.shape[0]
    }
  }
}

extension ShardSchema {
  /// An axis of datasets; the coordinate of the same name holds its positions.
  struct Axis: Sendable {
    let name: String
    let positions: Range<Int>
  }

  /// The values of a dataset, as a function of the row.
  struct Numbers: Sendable {
    /// Creates a function that writes the row of a given index to memory. Called once for many rows.
    let makeWriter: @Sendable () -> (Int, UnsafeMutableRawBufferPointer) -> Void
  }

  /// A dataset at the root.
  struct Dataset: Sendable {
    let name: String
    let type: HDF5ElementType
    let axes: [Axis]
    let longName: String
    var units: String?
    /// Nil for pixels and unknown checksums, which do not follow from the recipe alone.
    var numbers: Numbers?

    /// The extents, outermost first.
    var shape: [Int] { axes.map(\.positions.count) }
    /// Whether it is the coordinate of an axis.
    var isCoordinate: Bool { axes.map(\.name) == [name] }
    /// The number of bytes at one position of the first axis.
    var bytesPerRow: Int { shape.dropFirst().reduce(type.bytes, *) }

    /// Computes the values as they are stored, in pieces of at most 1 MiB; no pieces if there are no values.
    ///
    /// - Parameter body: called for each piece with its rows.
    func forEachPiece(
      _ body: (Range<Int>, UnsafeRawBufferPointer) throws(DatasetError) -> Void
    ) throws(DatasetError) {
      guard let write = numbers?.makeWriter() else { return }
      let (rows, rowBytes) = (shape[0], bytesPerRow)
      let rowsPerPiece = min(rows, ReadBuffer.pieceBytes / rowBytes)
      let buffer = try ReadBuffer(count: rowsPerPiece * rowBytes)
      defer { withExtendedLifetime(buffer) {} }
      for first in stride(from: 0, to: rows, by: rowsPerPiece) {
        let piece = first..<min(first + rowsPerPiece, rows)
        for (place, row) in piece.enumerated() {
          write(row, UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[place * rowBytes..<(place + 1) * rowBytes]))
        }
        try body(piece, UnsafeRawBufferPointer(buffer.prefix(piece.count * rowBytes)))
      }
    }
  }
}

extension ShardSchema.Dataset {
  fileprivate init(numbering axis: ShardSchema.Axis, longName: String, units: String? = nil) {
    self.init(
      name: axis.name, type: .int64, axes: [axis], longName: longName, units: units,
      numbers: .init { { $1.storeBytes(of: Int64(axis.positions.lowerBound + $0), as: Int64.self) } })
  }
}

extension Recipe.DType {
  /// The type of the stored pixels.
  var elementType: HDF5ElementType {
    switch self {
    case .float32: .float32
    case .float16: .float16
    }
  }
}
