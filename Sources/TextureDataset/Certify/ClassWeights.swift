import GaussianField

/// What makes coefficients of a class into whitened ones, of mean square 1.
final class ClassWeights: Sendable {
  /// 1 / (N² v) of modes that can be measured, 0 elsewhere. Shape (line, index), of the measured lines.
  let weights: [Float]
  /// The same of the maximum variance of modes that cannot, 0 elsewhere. Of all lines.
  let boundWeights: [Float]
  /// The measured modes that are not on a self-conjugate plane: one of each pair.
  let pairCount: Int
  /// Whether mode 0 can be measured.
  let hasMean: Bool

  /// - Parameters:
  ///   - modes: that are measured.
  ///   - spectra: of the class; where a sample has parameters of its own, of that sample.
  ///   - classIndex: of the spectra.
  init(_ modes: MeasuredModes, _ spectra: ClassSpectra, classIndex: Int) {
    let order = modes.order
    let square = Double(order.pixels) * Double(order.pixels)
    var (weights, bounds): ([Float], [Float]) = ([], [])
    weights.reserveCapacity(modes.lineCount * order.lineLength)
    bounds.reserveCapacity(order.lineCount * order.lineLength)
    var pairs = 0
    for line in 0..<order.lineCount {
      let own = spectra.line(line, ofClass: classIndex)
      for index in 0..<order.lineLength {
        // What all samples have is measured in each.
        let isMeasurable = own.isMeasurable[index] || modes.isCommon[line * order.lineLength + index]
        if line < modes.lineCount { weights.append(isMeasurable ? Float(1 / (square * own.variances[index])) : 0) }
        bounds.append(isMeasurable || own.bounds[index] <= 0 ? 0 : Float(1 / (square * own.bounds[index])))
        if isMeasurable, !modes.isSelfConjugate(line: line, index: index) { pairs += 1 }
      }
    }
    (self.weights, boundWeights, pairCount) = (weights, bounds, pairs)
    hasMean = (weights.first ?? 0) > 0
  }
}
