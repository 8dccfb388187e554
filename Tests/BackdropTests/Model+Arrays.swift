@testable import Backdrop

extension PlanChoice {
  /// All choices give the same gradients.
  static let allChoices: [PlanChoice] = [
    .fastest, .whole, .crops(square: 1, checkpoints: false), .crops(square: 1, checkpoints: true),
    .crops(square: 4, checkpoints: false), .crops(square: 4, checkpoints: true),
  ]
  static let cells = PlanChoice.crops(square: 1, checkpoints: false)
}

/// Conveniences for tests.
extension Model {
  func gradients(
    _ images: [Float], step: Int, outputGradient: ([Float]) throws(BackdropError) -> [Float]
  ) throws -> [Float] {
    try gradients(images.span, step: step, outputGradient: outputGradient)
  }

  func inputGradients(
    _ images: [Float], step: Int, outputGradient: ([Float]) throws(BackdropError) -> [Float]
  ) throws -> (images: [Float], weights: [Float]) {
    try inputGradients(images.span, step: step, outputGradient: outputGradient)
  }
}
