/// The time of each segment in a pass. ``CostModel`` is fitted to such times.
struct SegmentTimes {
  /// In the order of the forward pass.
  var forward: [Duration] = []
  /// In the order of the forward pass.
  var backward: [Duration] = []

  init() {}

  /// Zero for each segment.
  init(segments: Int) {
    forward = [Duration](repeating: .zero, count: segments)
    backward = forward
  }
}
