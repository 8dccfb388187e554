/// How long each segment of a pass took: what ``CostModel`` is fitted to.
struct SegmentTimes {
  /// In the order of the forward pass.
  var forward: [Duration] = []
  /// In the order of the forward pass.
  var backward: [Duration] = []

  init() {}

  /// No time so far.
  init(segments: Int) {
    forward = [Duration](repeating: .zero, count: segments)
    backward = forward
  }
}
