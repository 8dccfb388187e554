/// What a shard and an index hold: an entry for each dataset, in the order in which they are created.
///
/// The writer, the check and the estimate of the size go through these entries, and a test compares them with the tables
/// of `schemas/shard.md`: a new dataset is one entry here and one line there.
struct ShardSchema: Sendable {
  let image: Dataset
  let label: Dataset
  let checksum: Dataset
  /// All of them; first the coordinates, which name the axes of the others.
  let datasets: [Dataset]

  /// - Parameter samples: those of the file, in the whole dataset.
  init(_ recipe: Recipe, samples: Range<Int>) {
    let sample = Axis("sample", samples, "index of the sample in the whole dataset")
    let scale = Axis("scale", 0..<recipe.scaleCount, "scale of the texture")
    let texture = [
      Axis("y", 0..<recipe.side, "row", units: "pixel"), Axis("x", 0..<recipe.side, "column", units: "pixel"),
    ]
    // The row of each sample's class, where a dataset depends on nothing else.
    func ofClass<Element: BitwiseCopyable>(_ row: @escaping @Sendable (Int) -> [Element]) -> Numbers {
      Numbers {
        let rows = (0..<recipe.classCount).map(row)
        return { index, target in
          rows[recipe.classIndex(ofSample: samples.lowerBound + index)].withUnsafeBytes { target.copyMemory(from: $0) }
        }
      }
    }
    image = Dataset("image", recipe.dtype.elementType, [sample] + texture, "texture")
    label = Dataset("label", .int64, [sample], "index of the class", ofClass { [Int64($0)] })
    checksum = Dataset("crc32c", .uint32, [sample], "CRC-32C of the sample's image bytes")
    datasets =
      ([sample, scale] + texture).map { Dataset(coordinateOf: $0) } + [
        image,
        label,
        Dataset(
          "scale_label", .int64, [sample, scale], "index of the length scale among the scale's candidates",
          ofClass { recipe.choices(ofClass: $0).map { Int64($0) } }),
        Dataset(
          "length_scale", .float32, [sample, scale], "length scale l of the covariance exp(-r^2 / (2 l^2))",
          units: "pixel", ofClass { recipe.lengthScales(ofClass: $0).map { Float($0) } }),
        checksum,
      ]
  }

  /// About what all but the pixels takes on the disk, in bytes; at least.
  var bytesBesidePixels: Int {
    let attributesAndStructure = 65536
    return datasets.filter { $0.name != image.name }.reduce(attributesAndStructure) {
      $0 + $1.bytesPerRow * $1.shape[0]
    }
  }
}

extension ShardSchema {
  /// An axis of datasets, which the coordinate of the same name numbers.
  struct Axis: Sendable {
    let name: String
    let positions: Range<Int>
    let longName: String
    let units: String?

    init(_ name: String, _ positions: Range<Int>, _ longName: String, units: String? = nil) {
      self.name = name
      self.positions = positions
      self.longName = longName
      self.units = units
    }
  }

  /// The numbers of a dataset, as a function of its rows.
  struct Numbers: Sendable {
    /// Makes, once for many rows, what writes the row of an index into memory.
    let makeWriter: @Sendable () -> (Int, UnsafeMutableRawBufferPointer) -> Void
  }

  /// A dataset at the root.
  struct Dataset: Sendable {
    let name: String
    let type: HDF5ElementType
    let axes: [Axis]
    let longName: String
    let units: String?
    /// None of pixels and checksums, which do not come from the recipe alone.
    let numbers: Numbers?

    fileprivate init(
      _ name: String, _ type: HDF5ElementType, _ axes: [Axis], _ longName: String, units: String? = nil,
      _ numbers: Numbers? = nil
    ) {
      self.name = name
      self.type = type
      self.axes = axes
      self.longName = longName
      self.units = units
      self.numbers = numbers
    }

    fileprivate init(coordinateOf axis: Axis) {
      self.init(
        axis.name, .int64, [axis], axis.longName, units: axis.units,
        Numbers { { $1.storeBytes(of: Int64(axis.positions.lowerBound + $0), as: Int64.self) } })
    }

    /// The extents, outermost first.
    var shape: [Int] { axes.map(\.positions.count) }
    /// Whether it numbers an axis, and so names it.
    var isCoordinate: Bool { axes.map(\.name) == [name] }
    /// The bytes of what belongs to one position of the first axis.
    var bytesPerRow: Int { shape.dropFirst().reduce(type.bytes, *) }

    /// Makes the numbers that come from the recipe, as a file has them, in pieces of at most a megabyte; none of pixels
    /// and checksums.
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

extension Recipe.DType {
  /// The pixels' type in the file.
  var elementType: HDF5ElementType {
    switch self {
    case .float32: .float32
    case .float16: .float16
    }
  }
}
