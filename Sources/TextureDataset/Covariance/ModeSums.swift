import GaussianField

/// Sums over the samples of a class, mode by mode, in the order of ``ModeOrder``.
struct ModeSums: Sendable {
  /// The sums of |DFT T(k)|² / N², the power of a mode.
  var power: [Double]
  /// The sums of the model's variance v(k) of a mode, and of its square and cube.
  var variances: (first: [Double], second: [Double], third: [Double])

  /// - Parameter withVariances: whether to allocate the sums of variances.
  init(_ order: ModeOrder, withVariances: Bool = true) {
    let zeros = [Double](repeating: 0, count: order.lineCount * order.lineLength)
    power = zeros
    variances = withVariances ? (zeros, zeros, zeros) : ([], [], [])
  }

  /// Adds a texture's powers.
  mutating func add(
    _ pixels: UnsafePointer<Float>, _ transform: ModeTransform, in workspace: borrowing ModeTransform.Workspace
  ) {
    let order = transform.order
    let scale = 1 / (Double(order.pixels) * Double(order.pixels))
    power.withUnsafeMutableBufferPointer { power in
      transform.transform(pixels, lines: order.lineCount, in: workspace) { line, coefficients in
        let start = line * order.lineLength
        for index in 0..<order.lineLength {
          let (re, im) = (Double(coefficients[2 * index]), Double(coefficients[2 * index + 1]))
          power[start + index] += scale * (re * re + im * im)
        }
      }
    }
  }

  /// Adds the variances of textures with the same covariances.
  ///
  /// - Parameters:
  ///   - spectra: one for each scale.
  ///   - count: the number of textures.
  mutating func add(_ spectra: [Spectrum], of field: FieldModel, _ order: ModeOrder, count: Int) {
    for line in 0..<order.lineCount {
      let start = line * order.lineLength
      for (index, variance) in field.modeVariances(spectra, order, line: line).enumerated() {
        variances.first[start + index] += Double(count) * variance
        variances.second[start + index] += Double(count) * variance * variance
        variances.third[start + index] += Double(count) * variance * variance * variance
      }
    }
  }

  /// Adds other sums.
  mutating func add(_ other: ModeSums) {
    func add(_ values: [Double], to sums: inout [Double]) {
      for index in values.indices { sums[index] += values[index] }
    }
    add(other.power, to: &power)
    add(other.variances.first, to: &variances.first)
    add(other.variances.second, to: &variances.second)
    add(other.variances.third, to: &variances.third)
  }
}

/// Sums over modes of both signs, of measured powers and of the model's variances.
struct ModeTotals {
  private(set) var modes = 0.0
  private(set) var waveNumbers = 0.0
  private(set) var power = 0.0
  private(set) var first = 0.0
  private(set) var second = 0.0
  private(set) var third = 0.0

  /// Adds a mode.
  ///
  /// - Parameters:
  ///   - index: the index of the mode.
  ///   - multiplicity: the number of signed modes that it represents.
  ///   - factor: the factor of its power.
  mutating func add(_ sums: ModeSums, _ index: Int, multiplicity: Double, factor: Double = 1, waveNumber: Double = 0) {
    modes += multiplicity
    waveNumbers += multiplicity * waveNumber
    power += multiplicity * factor * sums.power[index]
    first += multiplicity * factor * sums.variances.first[index]
    second += multiplicity * factor * factor * sums.variances.second[index]
    third += multiplicity * factor * factor * factor * sums.variances.third[index]
  }

  /// The cumulants of the sum of powers, times a factor.
  ///
  /// A mode and its opposite share one power of variance v²: together 4 v², that is 2 v² for each sign. The power of a
  /// self-conjugate mode is a squared real number, of variance 2 v².
  func moments(times factor: Double) -> ThreeCumulants {
    ThreeCumulants(
      mean: factor * first, variance: 2 * factor * factor * second, third: 8 * factor * factor * factor * third)
  }
}
