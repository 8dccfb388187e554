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

/// How a Backdrop layer draws its mask.
public struct MaskRule: Equatable, Sendable {
  /// The masked axes; the mask is constant along the others. If they are `sample` and others, every sample has its own
  /// mask.
  public var axes: Set<Axis>
  /// The probability that an element is blocked.
  public var probability: Double
  /// For diagnosis: the only element that is not blocked, as an index for each masked axis in the order sample,
  /// channel, y, x. The sample's index is left out if other axes are masked too. Nil for random masks.
  public var fixedElement: [Int]?

  /// - Parameters:
  ///   - axes: the masked axes.
  ///   - probability: the probability that an element is blocked, from 0 to 1.
  ///   - fixedElement: the only element that is not blocked; nil for random masks.
  public init(axes: Set<Axis> = [.sample, .y, .x], probability: Double, fixedElement: [Int]? = nil) {
    self.axes = axes
    self.probability = probability
    self.fixedElement = fixedElement
  }
}
