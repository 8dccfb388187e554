#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension FieldModel {
  /// The Fisher information of a texture about one parameter of one of its covariances, the others being known:
  /// 1/2 sum over all modes of (d ln v(k) / d parameter)².
  ///
  /// Its inverse is the Cramér-Rao bound, the minimum variance of an unbiased estimator. Modes hidden by rounding or
  /// dropped by the covariance's band limit are omitted. For an open model it is the information of an equal number of
  /// pixels on the embedding's torus, which ignores the effect of edges.
  ///
  /// - Parameters:
  ///   - name: the name of the parameter.
  ///   - scale: the index of the covariance's scale.
  ///   - covariances: one for each scale; every parameter is a number.
  ///   - precision: the precision of the pixels.
  /// - Throws: ``FieldError`` if a covariance has no spectrum.
  /// - Complexity: that of three spectra.
  public func fisherInformation(
    about name: String, ofScale scale: Int, covariances: [CovarianceModel], precision: PixelPrecision = .single
  ) throws(FieldError) -> Double {
    let grid = try likelihoodGrid()
    var others: [Spectrum] = []
    for covariance in covariances { others.append(try covariance.spectrum(on: grid)) }
    return try ParameterInformation(self, grid: grid, precision: precision).value(
      about: name, of: covariances[scale], scale: scale, spectra: others)
  }

  /// The torus on which a texture's modes are independent: its own, or the embedding's.
  func likelihoodGrid() throws(FieldError) -> Grid {
    switch boundary {
    case .periodic: Grid(periodic: shape)
    case .open: Grid(open: shape, embedding: try Embedding(for: self).extents)
    }
  }
}

/// Computes Fisher information on a grid.
struct ParameterInformation {
  private let model: FieldModel
  private let grid: Grid
  private let precision: PixelPrecision

  init(_ model: FieldModel, grid: Grid, precision: PixelPrecision) {
    self.model = model
    self.grid = grid
    self.precision = precision
  }

  /// The information about a parameter.
  ///
  /// - Parameters:
  ///   - name: the name of the parameter.
  ///   - covariance: the covariance with the parameter.
  ///   - scale: the index of the covariance's scale.
  ///   - spectra: the spectra of all scales; nil if the texture consists of this scale's field and white noise only.
  /// - Returns: 0 if the covariance has no such number.
  func value(
    about name: String, of covariance: CovarianceModel, scale: Int, spectra: [Spectrum]?
  ) throws(FieldError) -> Double {
    guard let shape = FieldShape(extents: grid.extents), let value = covariance.parameters[name]?.fixed else {
      return 0
    }
    let order = ModeOrder(shape)
    let weight = model.scales[scale].weight * model.scales[scale].weight
    let own = if let spectra { spectra[scale] } else { try covariance.spectrum(on: grid) }
    let step = 1e-4 * max(value.magnitude, 1e-2)
    let lower = try neighbour(of: covariance, name, value, own, step: -step)
    let upper = try neighbour(of: covariance, name, value, own, step: step)
    let total = variance(of: scale, own, spectra)
    let floor = ModeFloor(variance: total, model, pixels: order.pixels, precision: precision).variance
    let limit = BandLimit(own, on: grid)
    var sum = 0.0
    for line in 0..<order.lineCount {
      var variances = [Double](repeating: model.noise * model.noise / Double(order.pixels), count: order.lineLength)
      var differences = [Double](repeating: 0, count: order.lineLength)
      for (index, spectrum) in (spectra ?? []).enumerated() where index != scale {
        let factor = model.scales[index].weight * model.scales[index].weight
        order.add(spectrum, times: factor, line: line, to: &variances)
      }
      order.add(own, times: weight, line: line, to: &variances)
      order.add(upper.spectrum, times: weight, line: line, to: &differences)
      order.add(lower.spectrum, times: -weight, line: line, to: &differences)
      for index in variances.indices
      where variances[index] >= floor && limit.keeps(order, line: line, index: index) {
        let derivative = differences[index] / ((upper.value - lower.value) * variances[index])
        sum += 0.5 * order.multiplicity(line: line, index: index) * derivative * derivative
      }
    }
    return sum * Double(model.shape.pixels) / Double(order.pixels)
  }

  /// The variance of a texture before its transform; without spectra, the other scales count with their maximum
  /// candidate.
  private func variance(of scale: Int, _ own: Spectrum, _ spectra: [Spectrum]?) -> Double {
    model.scales.enumerated().reduce(model.noise * model.noise) { sum, next in
      let field: Double
      if next.offset == scale {
        field = own.variance(on: grid)
      } else if let spectra {
        field = spectra[next.offset].variance(on: grid)
      } else {
        field = next.element.candidates.map { model.variance(of: $0) }.max() ?? 0
      }
      return sum + next.element.weight * next.element.weight * field
    }
  }

  /// The covariance one step away; the same covariance at the end of the parameter's range.
  private func neighbour(
    of covariance: CovarianceModel, _ name: String, _ value: Double, _ own: Spectrum, step: Double
  ) throws(FieldError) -> (value: Double, spectrum: Spectrum) {
    guard let moved = covariance.replacing(name, with: value + step) else { return (value, own) }
    return (value + step, try moved.spectrum(on: grid))
  }
}
