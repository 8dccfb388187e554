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

  /// The spectrum divided by the sum over all modes; nil if the sum is 0.
  func normalized() -> Spectrum? {
    let variance = lattice.sum(values)
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
