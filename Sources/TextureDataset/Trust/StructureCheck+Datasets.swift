/// The datasets: that they are there, of which type, shape and layout, how their axes are named, and their numbers.
extension StructureCheck {
  /// The samples that the file should hold.
  private var samples: Range<Int> {
    shard.map { names.samples(ofShard: $0, total: recipe.samples) } ?? 0..<recipe.samples
  }

  mutating func checkDatasets(in file: borrowing HDF5File) {
    let (recipe, samples) = (recipe, samples)
    let (count, side, scales) = (samples.count, recipe.side, recipe.scaleCount)
    checkInteger("sample", samples.map { Int64($0) }, [count], axes: [], in: file)
    checkInteger("scale", (0..<Int64(scales)).map { $0 }, [scales], axes: [], in: file)
    checkInteger("y", (0..<Int64(side)).map { $0 }, [side], axes: [], in: file)
    checkInteger("x", (0..<Int64(side)).map { $0 }, [side], axes: [], in: file)
    checkInteger(
      "label", samples.map { Int64(recipe.classIndex(ofSample: $0)) }, [count], axes: ["sample"], in: file)
    checkInteger(
      "scale_label", samples.flatMap { recipe.choices(ofClass: recipe.classIndex(ofSample: $0)).map { Int64($0) } },
      [count, scales], axes: ["sample", "scale"], in: file)
    check("length_scale", .float32, [count, scales], axes: ["sample", "scale"], in: file) {
      dataset throws(DatasetError) in
      let bits = samples.flatMap { recipe.lengthScales(ofClass: recipe.classIndex(ofSample: $0)).map { Float($0) } }
      return try Self.difference(
        dataset.read(Float.self, count: count * scales, as: .float32), bits, each: scales, from: samples.lowerBound)
    }
    check("crc32c", .uint32, [count], axes: ["sample"], in: file) { _ in nil }
    check("image", recipe.dtype.elementType, [count, side, side], axes: ["sample", "y", "x"], in: file) { _ in nil }
  }

  private mutating func checkInteger(
    _ name: String, _ expected: [Int64], _ shape: [Int], axes: [String], in file: borrowing HDF5File
  ) {
    let first = shape[0] == samples.count && axes != [] || name == "sample" ? samples.lowerBound : 0
    check(name, .int64, shape, axes: axes, in: file) { dataset throws(DatasetError) in
      try Self.difference(
        dataset.read(Int64.self, count: expected.count, as: .int64), expected, each: shape.dropFirst().reduce(1, *),
        from: first)
    }
  }

  /// Where numbers are not those expected, in words: how many rows, and the first of them.
  private static func difference<Number: Equatable>(
    _ found: [Number], _ expected: [Number], each width: Int, from start: Int
  ) -> String? {
    let rows = Set(zip(found, expected).enumerated().lazy.filter { $1.0 != $1.1 }.map { $0.offset / width })
    guard let row = rows.min() else { return nil }
    let range = row * width..<(row + 1) * width
    let more = rows.count > 1 ? ", and \(rows.count - 1) more" : ""
    return "at \(start + row) is \(found[range].map { "\($0)" }.joined(separator: ", ")), expected "
      + expected[range].map { "\($0)" }.joined(separator: ", ") + more
  }

  private mutating func check(
    _ name: String, _ type: HDF5ElementType, _ shape: [Int], axes: [String], in file: borrowing HDF5File,
    numbers: (borrowing HDF5Dataset) throws(DatasetError) -> String?
  ) {
    do throws(DatasetError) {
      let dataset = try HDF5Dataset(opening: name, in: file)
      let (foundType, foundShape) = (try dataset.elementType, try dataset.shape)
      guard foundType == type, foundShape == shape else {
        let found = foundType.map { "\($0)" } ?? "of another type"
        add(.dataset, name, "\(path): \(name) is \(found) \(foundShape), expected \(type) \(shape)")
        return
      }
      if shard == nil, name == "image" {
        let expected = (0..<names.shardCount).map { ShardStructure.sourceName(of: $0, names) }
        if try dataset.sourceFiles != expected {
          add(.dataset, name, "\(path): image is not a virtual dataset over the \(names.shardCount) shards")
        }
      } else if try dataset.layout != .contiguous {
        add(.dataset, name, "\(path): \(name) is chunked or filtered, expected the contiguous layout that gpgen writes")
      }
      for (axis, coordinate) in axes.enumerated() {
        let scale = try HDF5Dataset(opening: coordinate, in: file)
        if try !dataset.isAttached(scale, toAxis: axis) {
          add(.dataset, name, "\(path): axis \(axis) of \(name) is not named \(coordinate)")
        }
      }
      if let difference = try numbers(dataset) {
        add(.values, name, "\(path): \(name) \(difference)")
      }
    } catch {
      add(.dataset, name, error.message)
    }
  }
}
