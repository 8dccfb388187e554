extension Tensor {
  /// Multiplies each channel of one sample by a factor.
  func multiply(sample: Int, by factor: (_ channel: Int) -> Float) {
    let (area, block) = (shape.height * shape.width, shape.block)
    for channel in 0..<shape.channels {
      let value = factor(channel)
      let first = pointer + shape.index(sample, channel, 0, 0)
      for element in 0..<area { first[element * block] *= value }
    }
  }

  /// Multiplies the maps by the mask of their samples.
  func multiply(by mask: Mask, samples: Range<Int>) {
    let block = shape.block
    let perChannel = mask.extents[1] > 1
    for (place, sample) in samples.enumerated() {
      for channels in 0..<shape.blocks {
        for y in 0..<shape.height {
          let row = pointer + shape.index(place, channels * block, y, 0)
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
