import GaussianField

/// The weights that whiten the coefficients of a class, to a mean square of 1.
final class ClassWeights: Sendable {
  /// 1 / (N² v) for measurable modes, 0 elsewhere. Shape (line, index), for the measured lines.
  let weights: [Float]
  /// The same with the maximum variance for the other modes, 0 elsewhere. For all lines.
  let boundWeights: [Float]
  /// The number of measured modes outside the self-conjugate planes, one of each pair.
  let pairCount: Int
  /// Whether mode 0 can be measured.
  let hasMean: Bool

  /// - Parameters:
  ///   - modes: the measured modes.
  ///   - spectra: of the class, or of one sample that has its own parameters.
  ///   - classIndex: the class among the spectra.
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
        // A mode common to all samples is measured in each.
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
