import Foundation

extension Loss {
  /// The loss 1 - 2 N / D, where N = sum(p t) and D = sum(p) + sum(t). Its derivative with respect to one p is -2 (t D
  /// - N) / D².
  static func softF1(logits: [Float], targets: [Int]) -> Value {
    guard targets.contains(1) else {
      // D may be 0 here. NaN is still propagated, so that a diverged network is detected.
      let isNumber = logits.allSatisfy { !$0.isNaN }
      return Value(loss: isNumber ? 1 : .nan, gradient: [Float](repeating: isNumber ? 0 : .nan, count: logits.count))
    }
    var numerator = 0.0
    var denominator = 0.0
    for (logit, target) in zip(logits, targets) {
      let probability = sigmoid(Double(logit))
      numerator += probability * Double(target)
      denominator += probability + Double(target)
    }
    let gradient = zip(logits, targets).map { logit, target in
      let slope = -2 * (Double(target) * denominator - numerator) / (denominator * denominator)
      // sigmoid(-z) is 1 - sigmoid(z) without cancellation.
      return Float(slope * sigmoid(Double(logit)) * sigmoid(-Double(logit)))
    }
    return Value(loss: 1 - 2 * numerator / denominator, gradient: gradient)
  }
}
