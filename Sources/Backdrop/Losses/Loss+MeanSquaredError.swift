extension Loss {
  /// The mean of (z - t)² over all samples and outputs. Its derivative with respect to one z is 2 (z - t) / (B K).
  static func meanSquaredError(_ outputs: [Float], targets: [Float]) -> Value {
    let count = Double(outputs.count)
    var sum = 0.0
    var gradient = [Float](repeating: 0, count: outputs.count)
    for index in outputs.indices {
      let difference = Double(outputs[index]) - Double(targets[index])
      sum += difference * difference
      gradient[index] = Float(2 * difference / count)
    }
    return Value(loss: sum / count, gradient: gradient)
  }
}
