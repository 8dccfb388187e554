/// A batch of maps that windows are copied from, each element as factor * x + shift.
struct MapSource {
  let pointer: UnsafePointer<Float>
  let shape: TensorShape
  var factor: Float = 1
  var shift: Float = 0
  /// Keeps the memory, where it is not the caller's.
  private let owner: Tensor?

  /// A map as it is.
  init(_ map: Tensor) {
    pointer = UnsafePointer(map.pointer)
    shape = map.shape
    owner = map
  }

  /// Images, standardised; the memory is the caller's.
  init(_ images: UnsafePointer<Float>, _ shape: TensorShape, _ standardization: Standardization) {
    pointer = images
    self.shape = shape
    owner = nil
    factor = 1 / standardization.deviation
    shift = -standardization.mean / standardization.deviation
  }
}
