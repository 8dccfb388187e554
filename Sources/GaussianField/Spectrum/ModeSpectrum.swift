/// A spectrum defined by a density at the modes of a grid, without aliases.
struct ModeSpectrum {
  private let lattice: Lattice
  private let values: [Double]

  /// - Parameters:
  ///   - grid: the field's grid.
  ///   - anisotropy: determines the wave number of a mode.
  ///   - variance: the variance of a mode as a function of its wave number in radians per pixel.
  /// - Throws: ``FieldError`` with code `.memory`.
  init(
    on grid: Grid, _ anisotropy: Anisotropy, _ variance: @escaping @Sendable (Double) -> Double
  ) throws(FieldError) {
    lattice = Lattice(extents: grid.extents, isEven: anisotropy.isAligned)
    values = try LatticeSum(
      lattice: lattice, form: anisotropy.waveNumberForm(extents: grid.extents), function: variance
    ).atNearestImages()
  }

  /// The spectrum.
  var spectrum: Spectrum { lattice.isEven ? .even(values) : .dense(values) }

  /// The sum over all modes.
  var variance: Double { lattice.sum(values) }

  /// The spectrum divided by the sum over all modes; nil if the sum is 0.
  func normalized() -> Spectrum? {
    let variance = variance
    guard variance > 0 else { return nil }
    let scaled = values.map { $0 / variance }
    return lattice.isEven ? .even(scaled) : .dense(scaled)
  }
}

extension Anisotropy {
  /// The form whose square root, at a grid's integer wave numbers, is the wave number in radians per pixel.
  func waveNumberForm(extents: [Int]) -> [Double] {
    let unit = extents.map { 2 * .pi / Double($0) }
    return inverse.indices.map { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: dimensions)
      return inverse[index] * unit[row] * unit[column]
    }
  }
}

extension CovarianceModel {
  /// The number of modes of a grid, other than the mean, whose wave number is below the first row of the table, so that
  /// their variance is 0; 0 without a table.
  ///
  /// - Precondition: every parameter is a number.
  /// - Throws: ``FieldError`` with code `.memory`.
  package func modesBelowTable(on grid: Grid) throws(FieldError) -> Int {
    guard let lowest = table?.waveNumbers.lowerBound else { return 0 }
    let below = try ModeSpectrum(on: grid, anisotropy(dimensions: grid.extents.count)) { k in
      k > 0 && k < lowest * (1 - 1e-9) ? 1 : 0
    }
    return Int(below.variance.rounded())
  }
}
