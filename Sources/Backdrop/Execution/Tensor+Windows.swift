extension Tensor {
  /// Copies a window of one sample of a map.
  ///
  /// - Parameters:
  ///   - sample: of this tensor, which becomes the window.
  ///   - y: the window's first row in the map; may be negative.
  ///   - x: the window's first column in the map; may be negative.
  ///   - outside: for elements that lie outside the map.
  func take(
    _ sample: Int, from map: UnsafePointer<Float>, _ mapShape: TensorShape, sample mapSample: Int, y: Int, x: Int,
    outside: Float = 0
  ) {
    forEachRow(sample, mapShape, mapSample, y, x) { row, mapRow, columns, block in
      if let mapRow {
        row.update(repeating: outside, count: columns.lowerBound * block)
        (row + columns.lowerBound * block).update(from: map + mapRow, count: columns.count * block)
        (row + columns.upperBound * block).update(repeating: outside, count: (shape.width - columns.upperBound) * block)
      } else {
        row.update(repeating: outside, count: shape.width * block)
      }
    }
  }

  /// Adds one sample of this tensor to a window of a map; nothing where it lies outside.
  func add(_ sample: Int, to map: Tensor, sample mapSample: Int, y: Int, x: Int) {
    forEachRow(sample, map.shape, mapSample, y, x) { row, mapRow, columns, block in
      guard let mapRow else { return }
      let (source, target) = (row + columns.lowerBound * block, map.pointer + mapRow)
      for element in 0..<columns.count * block { target[element] += source[element] }
    }
  }

  /// Calls `body` with each row of a sample's channel block, where its part `columns` that lies inside the map begins in
  /// the map, and the block's size.
  private func forEachRow(
    _ sample: Int, _ mapShape: TensorShape, _ mapSample: Int, _ y: Int, _ x: Int,
    _ body: (_ row: UnsafeMutablePointer<Float>, _ mapRow: Int?, _ columns: Range<Int>, _ block: Int) -> Void
  ) {
    precondition(shape.layout == mapShape.layout && shape.channels == mapShape.channels)
    let block = shape.block
    let first = min(max(0, -x), shape.width)
    let columns = first..<max(first, min(shape.width, mapShape.width - x))
    for channel in 0..<shape.blocks {
      for row in 0..<shape.height {
        let inside = y + row >= 0 && y + row < mapShape.height
        body(
          pointer + shape.index(sample, channel * block, row, 0),
          inside ? mapShape.index(mapSample, channel * block, y + row, x + columns.lowerBound) : nil, columns, block)
      }
    }
  }

  /// Multiplies a batch of maps by a mask.
  func multiply(by mask: Mask) {
    let block = shape.block
    let perChannel = mask.extents[1] > 1
    for sample in 0..<shape.samples {
      for channels in 0..<shape.blocks {
        for y in 0..<shape.height {
          let row = pointer + shape.index(sample, channels * block, y, 0)
          for x in 0..<shape.width {
            let cell = row + x * block
            if perChannel {
              for channel in 0..<min(block, shape.channels - channels * block) {
                cell[channel] *= mask[sample, channels * block + channel, y, x]
              }
            } else {
              let factor = mask[sample, 0, y, x]
              for channel in 0..<block { cell[channel] *= factor }
            }
          }
        }
      }
    }
  }
}
