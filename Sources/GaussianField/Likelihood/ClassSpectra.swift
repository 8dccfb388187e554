/// The variances of the modes of periodic textures under each class, and which modes can be measured.
package final class ClassSpectra: Sendable {
  /// The model of the textures.
  package let model: FieldModel
  /// The choices of each class, one for each scale.
  package let classes: [[Int]]
  /// The order of the modes, as in ``ModeTransform``.
  package let order: ModeOrder
  private let grid: Grid
  private let spectra: HypothesisSpectra
  private let floors: [ModeFloor]
  private let isBandLimited: Bool

  /// - Parameters:
  ///   - model: a model with a periodic boundary, in which every parameter is a number.
  ///   - classes: the choices of each class, one for each scale.
  ///   - precision: the precision of the pixels.
  ///   - negligible: the maximum ratio of rounding to variance in a measurable mode.
  ///   - isBandLimited: whether textures lack the modes beyond the band limit, as gpgen's own do.
  /// - Throws: ``FieldError`` if a covariance has no spectrum.
  package init(
    _ model: FieldModel, classes: [[Int]], precision: PixelPrecision, negligible: Double, isBandLimited: Bool
  ) throws(FieldError) {
    self.model = model
    self.classes = classes
    self.isBandLimited = isBandLimited
    order = ModeOrder(model.shape)
    grid = Grid(periodic: model.shape)
    floors = classes.map { ModeFloor(model, choices: $0, precision: precision, negligible: negligible) }
    let hypotheses = classes.enumerated().map { index, choices in
      Hypothesis(
        classIndex: index, choices: choices, covariances: zip(model.scales, choices).map { $0.candidates[$1] },
        logWeight: 0)
    }
    spectra = try HypothesisSpectra(of: hypotheses, on: grid)
  }

  /// A line of modes under a class.
  package struct Line {
    /// The variance of each mode: weighted fields and white noise, divided by the number of pixels.
    package let variances: [Double]
    /// Whether each mode can be measured.
    package let isMeasurable: [Bool]
    /// The maximum variance of each mode, including rounding.
    package let bounds: [Double]
  }

  /// A line of modes under a class.
  package func line(_ line: Int, ofClass index: Int) -> Line {
    let variances = model.modeVariances(spectra[index], order, line: line)
    let dropped =
      isBandLimited
      ? spectra.dropped(of: index, model, order, line: line) : [Double](repeating: 0, count: variances.count)
    let floor = floors[index]
    return Line(
      variances: variances, isMeasurable: variances.indices.map { floor.keeps(variances[$0], dropped: dropped[$0]) },
      bounds: variances.map { max($0, floor.variance) + floor.rounding })
  }

  /// The variance of rounding in each mode of a class.
  package func rounding(ofClass index: Int) -> Double { floors[index].rounding }

  /// The variance of each mode of a line in one scale's weighted field.
  package func variances(ofScale scale: Int, class index: Int, line: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: order.lineLength)
    let weight = model.scales[scale].weight
    order.add(spectra[index][scale], times: weight * weight, line: line, to: &sums)
    return sums
  }

  /// The variance of each mode of a line under a class, with the spectrum of one scale's field replaced.
  package func variances(ofClass index: Int, line: Int, scale: Int, spectrum: Spectrum) -> [Double] {
    var own = spectra[index]
    own[scale] = spectrum
    return model.modeVariances(own, order, line: line)
  }

  /// The spectrum of a candidate with another length scale; nil if it has none or the value is out of range.
  ///
  /// - Throws: ``FieldError`` if it has no spectrum.
  package func spectrum(ofScale scale: Int, choice: Int, lengthScale: Double) throws(FieldError) -> Spectrum? {
    let candidate = model.scales[scale].candidates[choice]
    guard let moved = candidate.with(lengthScale: lengthScale) else { return nil }
    return try moved.spectrum(on: grid)
  }

  /// The maximum fraction of a candidate's variance that its band limit drops.
  package var droppedFraction: Double { spectra.maximumDroppedFraction }
}

extension CovarianceModel {
  /// The covariance with another length scale, in pixels; nil if it has none or the value is out of range.
  package func with(lengthScale: Double) -> CovarianceModel? {
    self.lengthScale == nil ? nil : replacing(CovarianceFamily.lengthScaleName, with: lengthScale)
  }
}
