@testable import Backdrop

extension WindowChoice {
  /// Each gives the same gradients.
  static let allChoices: [WindowChoice] = [.whereCheaper, .always, .never]
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
