/// The axes of an activation.
public enum Axis: String, CaseIterable, Codable, Sendable {
  /// B.
  case sample
  /// C.
  case channel
  /// H.
  case y
  /// W.
  case x
}

/// What a Backdrop layer masks.
public struct MaskRule: Equatable, Sendable {
  /// The masked axes; the mask is the same along the others. With `sample` and others, every sample has its own mask.
  public var axes: Set<Axis>
  /// That an element is blocked.
  public var probability: Double
  /// For diagnosis: the one element that is not blocked, an index for each masked axis but, where other axes are masked
  /// too, the sample's, in the order sample, channel, y, x. None for random masks.
  public var fixedElement: [Int]?

  /// - Parameters:
  ///   - axes: the masked ones.
  ///   - probability: that an element is blocked, from 0 to 1.
  ///   - fixedElement: the one element that is not blocked, in place of random ones.
  public init(axes: Set<Axis> = [.sample, .y, .x], probability: Double, fixedElement: [Int]? = nil) {
    self.axes = axes
    self.probability = probability
    self.fixedElement = fixedElement
  }
}
