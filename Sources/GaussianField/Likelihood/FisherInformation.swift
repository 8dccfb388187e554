#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension FieldModel {
  /// The Fisher information that a texture carries about one parameter of one of its covariances, the others known:
  /// 1/2 sum over all modes of (d ln v(k) / d parameter)².
  ///
  /// The Cramér-Rao bound is its inverse: no unbiased estimator has a smaller variance. Modes that rounding hides are left out,
  /// and those that the covariance's band limit drops.
  /// Of an open model it is that of as many pixels on the torus that its windows are cut from, which leaves out their edges.
  ///
  /// - Parameters:
  ///   - name: of the parameter.
  ///   - scale: of the covariance.
  ///   - covariances: one for each scale, every parameter a number.
  ///   - precision: of the pixels.
  /// - Throws: ``FieldError`` where a covariance has no spectrum.
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

  /// The torus on which a texture's modes are independent: its own, or that of the embedding.
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
  ///   - name: of the parameter.
  ///   - covariance: that has it.
  ///   - scale: of the covariance.
  ///   - spectra: of all scales; none of the others where only this scale's field and white noise are in the texture.
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

  /// The variance of a texture before its transform; of other scales without a spectrum, the maximum of their candidates.
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

  /// The covariance a little to one side; itself where the parameter's range ends.
  private func neighbour(
    of covariance: CovarianceModel, _ name: String, _ value: Double, _ own: Spectrum, step: Double
  ) throws(FieldError) -> (value: Double, spectrum: Spectrum) {
    guard let moved = covariance.replacing(name, with: value + step) else { return (value, own) }
    return (value + step, try moved.spectrum(on: grid))
  }
}
