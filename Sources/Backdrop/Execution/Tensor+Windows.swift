extension Tensor {
  /// Copies a window of one sample of a batch of maps.
  ///
  /// - Parameters:
  ///   - sample: of this tensor, which becomes the window.
  ///   - y: the window's first row in the map; may be negative.
  ///   - x: the window's first column in the map; may be negative.
  ///   - outside: for elements that lie outside the map.
  func take(_ sample: Int, from map: MapSource, sample mapSample: Int, y: Int, x: Int, outside: Float = 0) {
    let (factor, shift) = (map.factor, map.shift)
    let isPlainCopy = factor == 1 && shift == 0
    forEachRow(sample, map.shape, mapSample, y, x) { row, mapRow, columns, block in
      guard let mapRow else { return row.update(repeating: outside, count: shape.width * block) }
      row.update(repeating: outside, count: columns.lowerBound * block)
      let (target, source) = (row + columns.lowerBound * block, map.pointer + mapRow)
      if isPlainCopy {
        target.update(from: source, count: columns.count * block)
      } else {
        for element in 0..<columns.count * block { target[element] = factor * source[element] + shift }
      }
      (row + columns.upperBound * block).update(repeating: outside, count: (shape.width - columns.upperBound) * block)
    }
  }

  /// Adds one sample of this tensor to a window of a batch of maps; nothing where it lies outside.
  func add(_ sample: Int, to map: Tensor, sample mapSample: Int, y: Int, x: Int) {
    forEachRow(sample, map.shape, mapSample, y, x) { row, mapRow, columns, block in
      guard let mapRow else { return }
      let (source, target) = (row + columns.lowerBound * block, map.pointer + mapRow)
      for element in 0..<columns.count * block { target[element] += source[element] }
    }
  }

  /// Copies one sample of this tensor, or its first rows and columns, to a window of a batch of maps; nothing where it
  /// lies outside.
  func put(_ sample: Int, into map: Tensor, sample mapSample: Int, y: Int, x: Int, rows: Int, columns: Int) {
    forEachRow(sample, map.shape, mapSample, y, x, rows: rows) { row, mapRow, inside, block in
      guard let mapRow else { return }
      let count = min(inside.upperBound, columns) - inside.lowerBound
      (map.pointer + mapRow).update(from: row + inside.lowerBound * block, count: max(0, count) * block)
    }
  }

  /// Calls `body` with each row of a sample's channel block, where its part `columns` that lies inside the map begins in
  /// the map, and the block's size.
  private func forEachRow(
    _ sample: Int, _ mapShape: TensorShape, _ mapSample: Int, _ y: Int, _ x: Int, rows: Int? = nil,
    _ body: (_ row: UnsafeMutablePointer<Float>, _ mapRow: Int?, _ columns: Range<Int>, _ block: Int) -> Void
  ) {
    precondition(shape.layout == mapShape.layout && shape.channels == mapShape.channels)
    let block = shape.block
    let first = min(max(0, -x), shape.width)
    let columns = first..<max(first, min(shape.width, mapShape.width - x))
    for channel in 0..<shape.blocks {
      for row in 0..<min(shape.height, rows ?? shape.height) {
        let inside = y + row >= 0 && y + row < mapShape.height && !columns.isEmpty
        body(
          pointer + shape.index(sample, channel * block, row, 0),
          inside ? mapShape.index(mapSample, channel * block, y + row, x + columns.lowerBound) : nil, columns, block)
      }
    }
  }

  /// Sets the elements of one sample that are not both in `rows` and in `columns`.
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
}
