/// The activations between sections, and their gradients, for one number of samples.
final class Maps {
  private let shapes: [TensorShape]
  private var maps: [Int: Tensor] = [:]
  private var mapGradients: [Int: Tensor] = [:]

  /// - Parameter shapes: of the first section's input, then of each section's output.
  init(_ shapes: [TensorShape]) { self.shapes = shapes }

  /// What section `section` gives; -1 for the images, standardised.
  func output(ofSection section: Int) -> Tensor {
    if let map = maps[section] { return map }
    let map = Tensor(shapes[section + 1])
    maps[section] = map
    return map
  }

  /// dL/dy of what section `section` gives; -1 for the images, standardised.
  func gradient(ofSection section: Int) -> Tensor {
    if let map = mapGradients[section] { return map }
    let map = Tensor(shapes[section + 1])
    mapGradients[section] = map
    return map
  }
}
