import Foundation

extension Loss {
  /// Cross-entropy against classes.
  static func crossEntropy(_ logits: [Float], classCount: Int, targets: [Int]) -> Value {
    crossEntropy(logits, classCount: classCount, samples: targets.count) { sample, logProbabilities in
      -logProbabilities[targets[sample]]
    } target: { sample, k in
      k == targets[sample] ? 1 : 0
    }
  }

  /// Cross-entropy against probabilities q: the mean over samples of -sum(q log softmax(z)). Its gradient is
  /// (softmax(z) sum(q) - q) / B, where sum(q) is 1 up to rounding.
  static func crossEntropy(_ logits: [Float], classCount: Int, probabilities: [Float]) -> Value {
    let samples = classCount == 0 ? 0 : probabilities.count / classCount
    return crossEntropy(logits, classCount: classCount, samples: samples) { sample, logProbabilities in
      var sum = 0.0
      for k in 0..<classCount {
        let probability = Double(probabilities[sample * classCount + k])
        // A class that is impossible contributes nothing, even where its logit is -infinity.
        if probability > 0 { sum -= probability * logProbabilities[k] }
      }
      return sum
    } target: { sample, k in
      Double(probabilities[sample * classCount + k])
    }
  }

  /// Cross-entropy by the log-sum-exp trick: the maximum logit is subtracted before the exponential, which does not
  /// change softmax and prevents overflow.
  ///
  /// - Parameters:
  ///   - value: the loss of a sample, from the logarithms of its probabilities.
  ///   - target: the probability of a class of a sample, by the sample and the class.
  private static func crossEntropy(
    _ logits: [Float], classCount: Int, samples: Int, value: (Int, [Double]) -> Double, target: (Int, Int) -> Double
  ) -> Value {
    var loss = 0.0
    var gradient = [Float](repeating: 0, count: logits.count)
    var logProbabilities = [Double](repeating: 0, count: classCount)
    for sample in 0..<samples {
      let row = sample * classCount
      let maximum = Double(logits[row..<row + classCount].max() ?? 0)
      var sum = 0.0
      for k in 0..<classCount { sum += exp(Double(logits[row + k]) - maximum) }
      let logSum = log(sum)
      for k in 0..<classCount { logProbabilities[k] = Double(logits[row + k]) - maximum - logSum }
      loss += value(sample, logProbabilities)
      let total = (0..<classCount).reduce(0) { $0 + target(sample, $1) }
      for k in 0..<classCount {
        let probability = exp(Double(logits[row + k]) - maximum) / sum
        gradient[row + k] = Float((probability * total - target(sample, k)) / Double(samples))
      }
    }
    return Value(loss: loss / Double(samples), gradient: gradient)
  }
}
