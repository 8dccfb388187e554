/// What a section's backward pass costs as windows, and whole.
struct WindowCost {
  /// Multiply-adds of a window: the activations again, and both gradients.
  private let window: Double
  /// Multiply-adds of a sample's whole backward pass.
  private let whole: Double

  /// How much longer a multiply-add takes in windows: their rows are short, and they are copied out of the maps.
  private static let penalty = 1.3

  init(_ section: Program.Section, _ geometry: WindowGeometry) {
    var (window, whole) = (0.0, 0.0)
    for (index, step) in section.steps.enumerated() {
      let side = geometry.levels[index + 1].side
      window += 3 * step.work(outputs: side * side)
      whole += 2 * step.work(outputs: step.output.height * step.output.width)
    }
    self.window = window
    self.whole = whole
  }

  /// Whether so many windows cost less than so many whole samples.
  func prefersWindows(_ count: Int, samples: Int) -> Bool {
    Double(count) * window * Self.penalty < Double(samples) * whole
  }
}
