/// Scales gradients down to a maximum Euclidean norm over all of them, like `torch.nn.utils.clip_grad_norm_`.
///
/// If the norm is infinite or NaN, the scaled gradients are not all finite either.
///
/// - Parameters:
///   - gradients: the gradients of all weights.
///   - maximum: the maximum norm; infinity leaves finite gradients unchanged.
/// - Returns: the norm before scaling.
@discardableResult
public func clipGradientNorm(_ gradients: inout [Float], to maximum: Double) -> Double {
  let norm = gradients.withUnsafeBufferPointer { gradients in
    // Four independent sums, so that additions overlap.
    var sums = SIMD4<Double>.zero
    let whole = gradients.count & ~3
    for i in stride(from: 0, to: whole, by: 4) {
      let four = SIMD4<Double>(SIMD4<Float>(gradients[i], gradients[i + 1], gradients[i + 2], gradients[i + 3]))
      sums += four * four
    }
    var sum = sums.sum()
    for i in whole..<gradients.count { sum += Double(gradients[i]) * Double(gradients[i]) }
    return sum.squareRoot()
  }
  // PyTorch adds the same number to avoid a division by zero.
  let factor = maximum / (norm + 1e-6)
  // This condition is true for NaN, which the scale then propagates.
  if !(factor >= 1) {
    let scale = Float(factor)
    gradients.withUnsafeMutableBufferPointer { gradients in
      for i in gradients.indices { gradients[i] *= scale }
    }
  }
  return norm
}
