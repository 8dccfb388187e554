import Foundation

extension Loss {
  /// Cross-entropy by the log-sum-exp trick: the maximum logit is subtracted before the exponential, which does not change
  /// softmax and prevents overflow.
  static func crossEntropy(_ logits: [Float], classCount: Int, targets: [Int]) -> Value {
    let samples = Double(targets.count)
    var loss = 0.0
    var gradient = [Float](repeating: 0, count: logits.count)
    var exponentials = [Double](repeating: 0, count: classCount)
    for (sample, target) in targets.enumerated() {
      let row = sample * classCount
      let maximum = Double(logits[row..<row + classCount].max() ?? 0)
      var sum = 0.0
      for k in 0..<classCount {
        exponentials[k] = exp(Double(logits[row + k]) - maximum)
        sum += exponentials[k]
      }
      loss += log(sum) - (Double(logits[row + target]) - maximum)
      for k in 0..<classCount {
        let probability = exponentials[k] / sum
        gradient[row + k] = Float((probability - (k == target ? 1 : 0)) / samples)
      }
    }
    return Value(loss: loss / samples, gradient: gradient)
  }
}
