extension Tensor {
  /// Copies a part of a map into one sample of this tensor.
  ///
  /// - Parameters:
  ///   - place: the sample of this tensor.
  ///   - sample: the sample's position in the batch that `map` is a part of.
  ///   - y: the part's first row in the map; may be negative.
  ///   - x: the part's first column in the map; may be negative.
  ///   - outside: the value of elements outside the map.
  func take(_ place: Int, from map: MapView, sample: Int, y: Int, x: Int, outside: Float = 0) {
    let (scale, shift) = (map.scale, map.shift)
    let isPlainCopy = scale == 1 && shift == 0
    forEachRow(place, map, sample, y, x) { row, mapRow, columns, block in
      guard let mapRow else { return row.update(repeating: outside, count: shape.width * block) }
      row.update(repeating: outside, count: columns.lowerBound * block)
      let (target, source) = (row + columns.lowerBound * block, mapRow)
      if isPlainCopy {
        target.update(from: source, count: columns.count * block)
      } else {
        for element in 0..<columns.count * block { target[element] = scale * source[element] + shift }
      }
      (row + columns.upperBound * block).update(repeating: outside, count: (shape.width - columns.upperBound) * block)
    }
  }

  /// Adds one sample of this tensor to a part of a map; elements outside the map are ignored.
  func add(_ place: Int, to map: MapView, sample: Int, y: Int, x: Int) {
    forEachRow(place, map, sample, y, x) { row, mapRow, columns, block in
      guard let mapRow else { return }
      let source = row + columns.lowerBound * block
      for element in 0..<columns.count * block { mapRow[element] += source[element] }
    }
  }

  /// Copies the first rows and columns of one sample of this tensor to a part of a map; elements outside the map are
  /// ignored.
  func put(_ place: Int, into map: MapView, sample: Int, y: Int, x: Int, rows: Int, columns: Int) {
    forEachRow(place, map, sample, y, x, rows: rows) { row, mapRow, inside, block in
      guard let mapRow else { return }
      let count = min(inside.upperBound, columns) - inside.lowerBound
      mapRow.update(from: row + inside.lowerBound * block, count: max(0, count) * block)
    }
  }

  /// Calls `body` with each row of a sample's channel blocks, the row's columns that lie inside the map, a pointer to
  /// the first of these in the map (nil if there are none), and the block's size.
  private func forEachRow(
    _ place: Int, _ map: MapView, _ sample: Int, _ y: Int, _ x: Int, rows: Int? = nil,
    _ body: (
      _ row: UnsafeMutablePointer<Float>, _ mapRow: UnsafeMutablePointer<Float>?, _ columns: Range<Int>, _ block: Int
    ) -> Void
  ) {
    let (mapShape, sample, y, x) = (map.shape, sample - map.sample, y - map.y, x - map.x)
    precondition(shape.layout == mapShape.layout && shape.channels == mapShape.channels)
    precondition((0..<mapShape.samples).contains(sample))
    let block = shape.block
    let first = min(max(0, -x), shape.width)
    let columns = first..<max(first, min(shape.width, mapShape.width - x))
    for channel in 0..<shape.blocks {
      for row in 0..<min(shape.height, rows ?? shape.height) {
        let inside = y + row >= 0 && y + row < mapShape.height && !columns.isEmpty
        body(
          pointer + shape.index(place, channel * block, row, 0),
          inside
            ? map.pointer + mapShape.index(sample, channel * block, y + row, x + columns.lowerBound) : nil,
          columns, block)
      }
    }
  }

  /// Sets the elements of one sample that are outside `rows` or outside `columns`.
  func fill(sample: Int, outsideRows rows: Range<Int>, columns: Range<Int>, with value: Float) {
    let (width, block) = (shape.width, shape.block)
    for channel in 0..<shape.blocks {
      let first = pointer + shape.index(sample, channel * block, 0, 0)
      for y in 0..<shape.height {
        let row = first + y * width * block
        if rows.contains(y) {
          row.update(repeating: value, count: columns.lowerBound * block)
          (row + columns.upperBound * block).update(repeating: value, count: (width - columns.upperBound) * block)
        } else {
          row.update(repeating: value, count: width * block)
        }
      }
    }
  }

  /// The aligned squares with a nonzero element, sorted by sample, row and column.
  ///
  /// - Parameters:
  ///   - square: the side of a square.
  ///   - firstSample: the position of this tensor's first sample in the batch.
  func crops(square: Int, firstSample: Int) -> [Crop] {
    let columns = (shape.width + square - 1) / square
    var crops: [Crop] = []
    for sample in 0..<shape.samples {
      for y in stride(from: 0, to: shape.height, by: square) {
        var isLive = [Bool](repeating: false, count: columns)
        for row in y..<min(y + square, shape.height) {
          for channel in 0..<shape.blocks {
            let start = pointer + shape.index(sample, channel * shape.block, row, 0)
            LargestElements.forEachNonzero(start, shape.width * shape.block) { place, _ in
              isLive[place / shape.block / square] = true
            }
          }
        }
        for column in 0..<columns where isLive[column] {
          crops.append(Crop(sample: firstSample + sample, y: y, x: column * square))
        }
      }
    }
    return crops
  }
}
