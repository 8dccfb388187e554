/// A batch of maps that windows are copied from, each element as factor * x + shift.
struct MapSource {
  let pointer: UnsafePointer<Float>
  let shape: TensorShape
  var factor: Float = 1
  var shift: Float = 0

  /// A map as it is.
  init(_ map: Tensor) {
    pointer = UnsafePointer(map.pointer)
    shape = map.shape
  }

  /// Images, standardised.
  init(_ images: UnsafePointer<Float>, _ shape: TensorShape, _ standardization: Standardization) {
    pointer = images
    self.shape = shape
    factor = 1 / standardization.deviation
    shift = -standardization.mean / standardization.deviation
  }
}
