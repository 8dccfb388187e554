@testable import Backdrop

extension PlanChoice {
  /// Each gives the same gradients.
  static let allChoices: [PlanChoice] = [
    .fastest, .whole, .crops(square: 1, checkpoints: false), .crops(square: 1, checkpoints: true),
    .crops(square: 4, checkpoints: false), .crops(square: 4, checkpoints: true),
  ]
  static let cells = PlanChoice.crops(square: 1, checkpoints: false)
}

/// The model on images in arrays.
extension Model {
  func predict(_ images: [Float], count: Int) throws -> [Float] {
    try images.withUnsafeBufferPointer { buffer throws(BackdropError) in try predict(buffer, count: count) }
  }

  func gradients(
    _ images: [Float], count: Int, step: Int, loss: ([Float]) throws(BackdropError) -> [Float]
  ) throws {
    try images.withUnsafeBufferPointer { buffer throws(BackdropError) in
      try gradients(buffer, count: count, step: step, loss: loss)
    }
  }

  func inputGradients(
    _ images: [Float], count: Int, step: Int, loss: ([Float]) throws(BackdropError) -> [Float]
  ) throws -> [Float] {
    try images.withUnsafeBufferPointer { buffer throws(BackdropError) in
      try inputGradients(buffer, count: count, step: step, loss: loss)
    }
  }
}
