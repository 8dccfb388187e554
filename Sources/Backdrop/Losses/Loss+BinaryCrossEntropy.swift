import Foundation

extension Loss {
  /// The mean of ln(1 + exp(z)) - t z. Its derivative with respect to one z is (sigmoid(z) - t) / B.
  static func binaryCrossEntropy(logits: [Float], targets: [Int]) -> Value {
    let count = Double(logits.count)
    var sum = 0.0
    let gradient = zip(logits, targets).map { logit, target in
      let (z, t) = (Double(logit), Double(target))
      // Neither exponential overflows.
      sum += max(z, 0) + log1p(exp(-z.magnitude)) - t * z
      return Float((sigmoid(z) - t) / count)
    }
    return Value(loss: sum / count, gradient: gradient)
  }

  /// 1 / (1 + exp(-z)). If the exponential overflows to infinity, the result is 0.
  static func sigmoid(_ logit: Double) -> Double { 1 / (1 + exp(-logit)) }
}
