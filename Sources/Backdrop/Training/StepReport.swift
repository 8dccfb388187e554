/// The cost of one training step.
public struct StepReport: Equatable, Sendable {
  /// The fraction of the gradient's elements that masks, SBP or meProp pass, from 0 to 1; for meProp, the maximum.
  public var keepFraction: Double
  /// Multiply-adds of the forward and the backward pass.
  public var multiplyAdds: Double
  /// Bytes of the activations kept for the backward pass.
  public var keptBytes: Int

  /// Creates a report.
  public init(keepFraction: Double, multiplyAdds: Double, keptBytes: Int) {
    self.keepFraction = keepFraction
    self.multiplyAdds = multiplyAdds
    self.keptBytes = keptBytes
  }

  /// The report before the first step.
  public static let zero = StepReport(keepFraction: 0, multiplyAdds: 0, keptBytes: 0)
}
