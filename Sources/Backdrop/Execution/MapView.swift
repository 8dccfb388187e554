/// A batch of maps in memory, or a part of it: all samples from one on, and of their maps a rectangle.
///
/// Reading gives scale * x + shift.
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
  /// Keeps the memory, where it is not the caller's.
  private let owner: Tensor?

  /// - Parameters:
  ///   - sample: of the batch, that the tensor begins with.
  ///   - y: the row of the map that it begins with.
  ///   - x: the column of the map that it begins with.
  init(_ tensor: Tensor, sample: Int = 0, y: Int = 0, x: Int = 0) {
    pointer = tensor.pointer
    shape = tensor.shape
    owner = tensor
    self.sample = sample
    self.y = y
    self.x = x
  }

  /// Images to be read, standardised; the memory is the caller's.
  init(_ images: UnsafePointer<Float>, _ shape: TensorShape, _ standardization: Standardization) {
    // Only read: nothing writes to the input of the first segment.
    pointer = UnsafeMutablePointer(mutating: images)
    self.shape = shape
    owner = nil
    scale = 1 / standardization.standardDeviation
    shift = -standardization.mean / standardization.standardDeviation
  }

  /// Sets the part under a crop's square to zero.
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
