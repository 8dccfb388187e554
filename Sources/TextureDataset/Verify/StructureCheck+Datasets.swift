/// The datasets: that they are there, of which type, shape and layout, how their axes are named, and their numbers.
///
/// The HDF5 library tells type, shape and place; the numbers are read past it, in pieces.
extension StructureCheck {
  /// The samples that the file should hold.
  private var samples: Range<Int> {
    shard.map { names.samples(ofShard: $0, total: recipe.samples) } ?? 0..<recipe.samples
  }

  mutating func checkDatasets(in file: borrowing HDF5File, _ bytes: OpenedFile) {
    let (recipe, first) = (recipe, samples.lowerBound)
    let (count, side, scales) = (samples.count, recipe.side, recipe.scaleCount)
    let classes = recipe.classCount
    let choices = (0..<classes).flatMap { recipe.choices(ofClass: $0).map { Int64($0) } }
    let lengthScales = (0..<classes).flatMap { recipe.lengthScales(ofClass: $0).map { Float($0).bitPattern } }

    check("sample", .int64, [count], in: file, bytes, first: first) { Int64(first + $0) }
    for (name, extent) in [("scale", scales), ("y", side), ("x", side)] {
      check(name, .int64, [extent], in: file, bytes) { Int64($0) }
    }
    check("label", .int64, [count], axes: ["sample"], in: file, bytes, first: first) { sample in
      Int64(recipe.classIndex(ofSample: first + sample))
    }
    check("scale_label", .int64, [count, scales], axes: ["sample", "scale"], in: file, bytes, first: first) { element in
      let (sample, scale) = element.quotientAndRemainder(dividingBy: scales)
      return choices[recipe.classIndex(ofSample: first + sample) * scales + scale]
    }
    check("length_scale", .float32, [count, scales], axes: ["sample", "scale"], in: file, bytes, first: first) {
      (element) -> UInt32 in
      let (sample, scale) = element.quotientAndRemainder(dividingBy: scales)
      return lengthScales[recipe.classIndex(ofSample: first + sample) * scales + scale]
    }
    let noNumbers: ((Int) -> Int64)? = nil
    check("crc32c", .uint32, [count], axes: ["sample"], in: file, bytes, numbers: noNumbers)
    check(
      "image", recipe.dtype.elementType, [count, side, side], axes: ["sample", "y", "x"], in: file, bytes,
      numbers: noNumbers)
  }

  /// Checks one dataset.
  ///
  /// - Parameters:
  ///   - first: the index of the first row, for messages.
  ///   - numbers: the bits that each element should have, by its place in the dataset; none where any will do.
  private mutating func check<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ name: String, _ type: HDF5ElementType, _ shape: [Int], axes: [String] = [], in file: borrowing HDF5File,
    _ bytes: OpenedFile, first: Int = 0, numbers: ((Int) -> Bits)?
  ) {
    do throws(DatasetError) {
      let dataset = try HDF5Dataset(opening: name, in: file)
      var offset: Int?
      if shard == nil, name == "image" {
        // The library may open the sources to tell the shape, so that they are checked first.
        let expected = (0..<names.shardCount).map { ShardStructure.sourceName(of: names.shard($0)) }
        guard try dataset.sourceFiles == expected else {
          add(.dataset, name, "\(path): image is not a virtual dataset over the \(names.shardCount) shards")
          return
        }
        let found = (try dataset.elementType, try dataset.shape)
        guard found.0 == type, found.1 == shape else {
          let kind = found.0.map { "\($0)" } ?? "of another type"
          add(.dataset, name, "\(path): \(name) is \(kind) \(found.1), expected \(type) \(shape)")
          return
        }
      } else {
        offset = try ShardHeader.place(of: dataset, type, shape, fileSize: bytes.size)
      }
      for (axis, coordinate) in axes.enumerated() {
        let scale = try HDF5Dataset(opening: coordinate, in: file)
        if try !dataset.isAttached(scale, toAxis: axis) {
          add(.dataset, name, "\(path): axis \(axis) of \(name) is not named \(coordinate)")
        }
      }
      if comparesNumbers, let numbers, let offset {
        let width = shape.dropFirst().reduce(1, *)
        if let difference = try difference(
          of: bytes, at: offset, count: shape[0] * width, each: width, from: first, as: type, numbers)
        {
          add(.values, name, "\(path): \(name) \(difference)")
        }
      }
    } catch {
      add(.dataset, name, error.message)
    }
  }

  /// Where numbers are not those expected: the first row that differs, and how many more do.
  private func difference<Bits: FixedWidthInteger & BitwiseCopyable>(
    of bytes: OpenedFile, at offset: Int, count: Int, each width: Int, from first: Int, as type: HDF5ElementType,
    _ expected: (Int) -> Bits
  ) throws(DatasetError) -> String? {
    var (rows, last) = (0, -1)
    var firstRow: Int?
    try bytes.read(Bits.self, count: count, at: offset) { before, piece in
      for (index, bits) in piece.enumerated() where bits != expected(before + index) {
        let row = (before + index) / width
        guard row != last else { continue }
        last = row
        rows += 1
        firstRow = firstRow ?? row
      }
      return true
    }
    guard let row = firstRow else { return nil }
    var found: [Bits] = []
    try bytes.read(Bits.self, count: width, at: offset + row * width * MemoryLayout<Bits>.size) { _, piece in
      found += piece
      return true
    }
    let wanted = (row * width..<(row + 1) * width).map(expected)
    func text(_ numbers: [Bits]) -> String {
      numbers.map { type == .float32 ? "\(Float(bitPattern: UInt32(truncatingIfNeeded: $0)))" : "\($0)" }
        .joined(separator: ", ")
    }
    let more = rows > 1 ? ", and \(rows - 1) more" : ""
    return "at \(first + row) is \(text(found)), expected \(text(wanted))\(more)"
  }
}
