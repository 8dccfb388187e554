/// Shortens gradients whose Euclidean norm, over all of them, is above a maximum, as `torch.nn.utils.clip_grad_norm_`.
///
/// Where the norm is infinite or not a number, so are the gradients after.
///
/// - Parameters:
///   - gradients: of all weights.
///   - maximum: of the norm.
/// - Returns: the norm before.
@discardableResult
public func clipGradientNorm(_ gradients: inout [Float], to maximum: Double) -> Double {
  let norm = gradients.withUnsafeBufferPointer { gradients in
    // Four sums, which do not wait for one another.
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
  // PyTorch's own small number against a division by zero.
  let factor = maximum / (norm + 1e-6)
  // Asked this way round, what is not a number goes on.
  if !(factor >= 1) {
    let scale = Float(factor)
    gradients.withUnsafeMutableBufferPointer { gradients in
      for i in gradients.indices { gradients[i] *= scale }
    }
  }
  return norm
}
