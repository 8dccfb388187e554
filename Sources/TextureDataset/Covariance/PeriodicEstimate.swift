import GaussianField

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Estimates the covariance and the power spectrum of periodic textures from the powers of their modes.
struct PeriodicEstimate {
  let order: ModeOrder
  /// The extents along z, y and x; 1 along missing axes.
  private let extents: [Int]
  private let sums: ModeSums
  private let samples: Double
  /// The axes that the textures have, as indices of z, y and x.
  private let axes: Range<Int>

  /// - Parameters:
  ///   - sums: over all samples of a class.
  ///   - samples: the number of samples.
  init(_ sums: ModeSums, _ shape: FieldShape, _ order: ModeOrder, samples: Int) {
    self.sums = sums
    self.order = order
    self.samples = Double(samples)
    axes = 3 - shape.dimensions..<3
    extents = [Int](repeating: 1, count: 3 - shape.dimensions) + shape.extents
  }

  /// The covariance at lags, in pixels: the sum over all modes of power times the mean over the axes of cos(k h).
  func covariance(at lags: [Int]) -> [ClassCovariance.Point] {
    lags.map { lag in
      let cosines = extents.map { extent in
        (0..<extent).map { cos(2 * .pi * Double($0 * lag % extent) / Double(extent)) }
      }
      var totals = ModeTotals()
      forEachMode { index, wave, multiplicity in
        var sum = 0.0
        for axis in axes { sum += cosines[axis][axis == 0 ? wave.z : axis == 1 ? wave.y : wave.x] }
        totals.add(sums, index, multiplicity: multiplicity, factor: sum / Double(axes.count))
      }
      return ClassCovariance.Point(
        Double(lag), measured: totals.power / samples, totals.moments(times: 1 / samples))
    }
  }

  /// The minimum fraction of the variance in a ring that is reported; band limits drop up to 1e-12 of a field's
  /// variance.
  private static let minimumVarianceFraction = 1e-8
  /// The minimum ratio of a reported ring's power to that of rounding.
  private static let minimumPowerRatio = 1e3

  /// The mean power of rings of modes. The width of a ring in |k| is 2 pi / n, where n is the longest extent.
  ///
  /// - Parameter rounding: the variance of rounding in each pixel.
  func spectrum(rounding: Double) -> [ClassCovariance.Point] {
    let step = 2 * Double.pi / Double(extents.max() ?? 1)
    var rings: [ModeTotals] = []
    forEachMode { index, wave, multiplicity in
      let waveNumber = waveNumber(wave)
      let ring = Int((waveNumber / step).rounded())
      while rings.count <= ring { rings.append(ModeTotals()) }
      rings[ring].add(sums, index, multiplicity: multiplicity, waveNumber: waveNumber)
    }
    let variance = rings.reduce(0) { $0 + $1.first } / samples
    let pixels = Double(order.pixels)
    return rings.compactMap { ring in
      guard ring.modes > 0 else { return nil }
      let factor = pixels / (samples * ring.modes)
      guard ring.first / samples >= Self.minimumVarianceFraction * variance,
        factor * ring.first >= Self.minimumPowerRatio * rounding
      else {
        return nil
      }
      return ClassCovariance.Point(
        ring.waveNumbers / ring.modes, measured: factor * ring.power, ring.moments(times: factor))
    }
  }

  private func waveNumber(_ wave: (z: Int, y: Int, x: Int)) -> Double {
    let components = [wave.z, wave.y, wave.x]
    let square = axes.reduce(0.0) { sum, axis in
      let k = Double(min(components[axis], extents[axis] - components[axis])) / Double(extents[axis])
      return sum + k * k
    }
    return 2 * .pi * square.squareRoot()
  }

  private func forEachMode(_ body: (_ index: Int, _ wave: (z: Int, y: Int, x: Int), _ multiplicity: Double) -> Void) {
    for line in 0..<order.lineCount {
      for index in 0..<order.lineLength {
        body(
          line * order.lineLength + index, order.wave(line: line, index: index),
          order.multiplicity(line: line, index: index))
      }
    }
  }
}
