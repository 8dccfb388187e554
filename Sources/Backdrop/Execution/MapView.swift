/// A view of a batch of maps: all samples from a first one, and a rectangle of their maps.
///
/// Reading an element x gives scale * x + shift.
struct MapView {
  let pointer: UnsafeMutablePointer<Float>
  let shape: TensorShape
  /// The first sample.
  private(set) var sample = 0
  /// The first row.
  private(set) var y = 0
  /// The first column.
  private(set) var x = 0
  private(set) var scale: Float = 1
  private(set) var shift: Float = 0
  /// Keeps the memory alive; nil if the caller owns it.
  private let owner: Tensor?

  /// - Parameters:
  ///   - sample: the sample of the batch with which the tensor begins.
  ///   - y: the row of the map with which it begins.
  ///   - x: the column of the map with which it begins.
  init(_ tensor: Tensor, sample: Int = 0, y: Int = 0, x: Int = 0) {
    pointer = tensor.pointer
    shape = tensor.shape
    owner = tensor
    self.sample = sample
    self.y = y
    self.x = x
  }

  /// Images, standardized when they are read; the caller owns the memory.
  init(_ images: UnsafePointer<Float>, _ shape: TensorShape, _ standardization: Standardization) {
    // The memory is only read: nothing writes to the first segment's input.
    pointer = UnsafeMutablePointer(mutating: images)
    self.shape = shape
    owner = nil
    scale = 1 / standardization.standardDeviation
    shift = -standardization.mean / standardization.standardDeviation
  }

  /// Clears a crop's square.
  func clear(_ crop: Crop, square: Int) {
    let (sample, y, x) = (crop.sample - sample, crop.y - y, crop.x - x)
    let columns = min(square, shape.width - x)
    for block in 0..<shape.blocks {
      for row in y..<min(y + square, shape.height) {
        (pointer + shape.index(sample, block * shape.block, row, x)).update(repeating: 0, count: columns * shape.block)
      }
    }
  }
}
