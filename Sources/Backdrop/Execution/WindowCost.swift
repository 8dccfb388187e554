/// What a section's backward pass costs as windows, and whole.
struct WindowCost {
  /// Multiply-adds of a window: the activations again, and both gradients.
  private let window: Double
  /// Multiply-adds of a sample's whole backward pass.
  private let whole: Double
  /// Bytes of a sample's activations and their gradients.
  private let bytes: Double

  /// How much longer a multiply-add takes in windows: their rows are short, and they are copied out of the maps.
  private static let penalty = 1.3
  /// Where activations would take more memory than this, windows may cost a few times as much.
  private static let memory = 2.0 * 0x1p30
  private static let patience = 4.0

  init(_ section: Segment, _ geometry: WindowGeometry) {
    var (window, whole, bytes) = (0.0, 0.0, 0.0)
    for (index, bound) in section.operations.enumerated() {
      let side = geometry.levels[index + 1].side
      window += 3 * bound.multiplyAdds(outputs: side * side)
      whole += 2 * bound.multiplyAdds(outputs: bound.output.height * bound.output.width)
      bytes += 2 * Double(bound.output.count * MemoryLayout<Float>.stride)
    }
    self.window = window
    self.whole = whole
    self.bytes = bytes
  }

  /// Whether so many windows cost less than so many whole samples.
  func prefersWindows(_ count: Int, samples: Int) -> Bool {
    let ratio = Double(count) * window * Self.penalty / (Double(samples) * whole)
    return ratio < (Double(samples) * bytes > Self.memory ? Self.patience : 1)
  }
}
