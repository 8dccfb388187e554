import Foundation

/// The learning rate over the course of a training.
///
/// During warm-up the learning rate of step t is multiplied by (t + 1) / (warmUp + 1), as in PyTorch's `LinearLR` with
/// a start factor of 1 / (warmUp + 1).
public struct Schedule: Equatable, Sendable {
  /// The learning rate after the warm-up.
  public enum Shape: Equatable, Sendable {
    /// Constant.
    case constant
    /// PyTorch's `StepLR`: multiplied by `factor` after every `every` epochs, counted from the beginning of the
    /// training.
    case step(every: Int, factor: Double)
    /// PyTorch's `CosineAnnealingLR`, updated at every step: decreases along half a cosine, from the end of the warm-up
    /// to 0 at the end of the training.
    case cosine
  }

  /// The learning rate after the warm-up.
  public let shape: Shape
  /// The number of steps over which the learning rate rises to its full value.
  public let warmUp: Int

  /// - Parameters:
  ///   - shape: the learning rate after the warm-up.
  ///   - warmUp: the number of steps over which it rises to its full value.
  public init(_ shape: Shape, warmUp: Int = 0) {
    self.shape = shape
    self.warmUp = warmUp
  }

  /// Whether the learning rates of earlier steps stay the same if a training gets more epochs.
  var canBeExtended: Bool { shape != .cosine }

  /// Checks the schedule's parameters.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidOptions`.
  public func check() throws(BackdropError) {
    guard warmUp >= 0 else {
      throw BackdropError(.invalidOptions, "a warm-up of \(warmUp) steps: expected at least 0")
    }
    guard case .step(let every, let factor) = shape else { return }
    guard every >= 1 else {
      throw BackdropError(.invalidOptions, "a learning rate that changes every \(every) epochs: expected at least 1")
    }
    guard factor.isFinite, factor > 0 else {
      throw BackdropError(.invalidOptions, "a learning rate multiplied by \(factor): expected a number above 0")
    }
  }

  /// The learning rate of a step.
  ///
  /// - Parameters:
  ///   - base: the learning rate's full value.
  ///   - step: the step, from 0.
  ///   - stepsPerEpoch: the number of steps in an epoch, at least 1.
  ///   - totalSteps: the number of steps of the training.
  /// - Precondition: a schedule that ``check()`` accepts.
  public func learningRate(base: Double, step: Int, stepsPerEpoch: Int, totalSteps: Int) -> Double {
    precondition(step >= 0 && stepsPerEpoch >= 1 && warmUp >= 0)
    let warmth = step < warmUp ? Double(step + 1) / (Double(warmUp) + 1) : 1
    switch shape {
    case .constant: return base * warmth
    case .step(let every, let factor):
      precondition(every >= 1)
      return base * warmth * pow(factor, Double(step / stepsPerEpoch / every))
    case .cosine:
      if step >= totalSteps { return 0 }
      if step < warmUp { return base * warmth }
      return base * (1 + cos(.pi * Double(step - warmUp) / Double(totalSteps - warmUp))) / 2
    }
  }
}
