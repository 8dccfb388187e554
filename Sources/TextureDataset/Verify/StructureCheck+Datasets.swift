import Foundation

/// Checks the datasets: their presence, type, shape, layout, axis names and values.
///
/// Type, shape and offset come from the HDF5 library; values are read without it, in pieces.
extension StructureCheck {
  mutating func checkDatasets(in file: borrowing HDF5File, _ bytes: OpenedFile) {
    let samples = shard.map { names.samples(ofShard: $0, total: recipe.samples) } ?? 0..<recipe.samples
    let schema = ShardSchema(recipe, samples: samples)
    for entry in schema.datasets {
      do throws(DatasetError) {
        let isVirtual = shard == nil && entry.name == schema.image.name
        try check(entry, isVirtual: isVirtual, in: file, bytes)
      } catch {
        add(.dataset, entry.name, error.message)
      }
    }
  }

  private mutating func check(
    _ entry: ShardSchema.Dataset, isVirtual: Bool, in file: borrowing HDF5File, _ bytes: OpenedFile
  ) throws(DatasetError) {
    let name = entry.name
    let dataset = try HDF5Dataset(opening: name, in: file)
    var offset: Int?
    if isVirtual {
      // The library may open the sources to determine the shape, so check them first.
      let expected = (0..<names.shardCount).map { ShardStructure.sourceName(of: names.shard($0)) }
      guard try dataset.sourceFiles == expected else {
        add(.dataset, name, "\(path): image is not a virtual dataset over the \(names.shardCount) shards")
        return
      }
      if let difference = try dataset.difference(from: entry) {
        add(.dataset, name, "\(path): \(name) \(difference)")
        return
      }
    } else {
      offset = try dataset.place(of: entry, fileSize: bytes.size)
    }
    for (index, axis) in entry.axes.enumerated() where !entry.isCoordinate {
      if try !dataset.isAttached(try HDF5Dataset(opening: axis.name, in: file), toAxis: index) {
        add(.dataset, name, "\(path): axis \(index) of \(name) is not named \(axis.name)")
      }
    }
    if comparesNumbers, let offset, let difference = try entry.difference(in: bytes, at: offset) {
      add(.values, name, "\(path): \(name) \(difference)")
    }
  }
}

extension ShardSchema.Dataset {
  /// Describes how a file's values differ from the recipe's: the first differing row, and how many more differ; nil if
  /// none does.
  ///
  /// - Parameter offset: the offset of the dataset in the file.
  func difference(in file: OpenedFile, at offset: Int) throws(DatasetError) -> String? {
    guard numbers != nil else { return nil }
    let rowBytes = bytesPerRow
    let buffer = try ReadBuffer(count: min(ReadBuffer.pieceBytes, shape[0] * rowBytes))
    defer { withExtendedLifetime(buffer) {} }
    var count = 0
    var first: (row: Int, found: String, expected: String)?
    try forEachPiece { rows, expected throws(DatasetError) in
      let found = buffer.prefix(expected.count)
      try file.read(found, at: offset + rows.lowerBound * rowBytes)
      guard let a = expected.baseAddress, let b = found.baseAddress, memcmp(a, b, expected.count) != 0 else { return }
      for (place, row) in rows.enumerated() where memcmp(a + place * rowBytes, b + place * rowBytes, rowBytes) != 0 {
        count += 1
        if first == nil { first = (row, text(b + place * rowBytes), text(a + place * rowBytes)) }
      }
    }
    guard let first else { return nil }
    let more = count > 1 ? ", and \(count - 1) more" : ""
    return "at \(axes[0].positions.lowerBound + first.row) is \(first.found), expected \(first.expected)\(more)"
  }

  /// The values of a row as text.
  private func text(_ row: UnsafeRawPointer) -> String {
    stride(from: 0, to: bytesPerRow, by: type.bytes).map { place in
      type == .float32
        ? "\(row.loadUnaligned(fromByteOffset: place, as: Float.self))"
        : "\(row.loadUnaligned(fromByteOffset: place, as: Int64.self))"
    }.joined(separator: ", ")
  }
}
