import CSpectralKernels

/// The fields of one sample, one for each scale, ready to be drawn.
///
/// Made by ``TextureSampler/fields(ofSample:choices:)``.
public struct SampleFields: Sendable {
  /// The sample's index in the whole dataset.
  public let sample: Int
  /// The scales' amplitudes.
  let spectra: [ScaleSpectrum]
}

/// One candidate of a scale as a sampler keeps it.
enum CandidateSpectrum: Sendable {
  /// The same in every sample.
  case fixed(ScaleSpectrum)
  /// Made for every sample, as its parameters are ranges.
  case ranges(RangedSpectrum)

  init(_ candidate: CovarianceModel, of model: FieldModel, on grid: Grid) throws(FieldError) {
    self =
      candidate.ranges.isEmpty
      ? .fixed(ScaleSpectrum(try candidate.spectrum(on: grid), on: grid, standardize: model.standardize))
      : .ranges(try RangedSpectrum(candidate, of: model, on: grid))
  }

  /// Whether it is made for every sample.
  var isRanged: Bool {
    switch self {
    case .fixed: false
    case .ranges: true
    }
  }

  /// The kept modes; where parameters are ranges, those at the middle of them.
  var bandLimit: BandLimit {
    switch self {
    case .fixed(let spectrum): spectrum.bandLimit
    case .ranges(let ranged): ranged.middle
    }
  }

  /// The columns that may hold a mode.
  var columnCount: Int {
    switch self {
    case .fixed(let spectrum): spectrum.columnCount
    case .ranges(let ranged): ranged.columnCount
    }
  }

  /// The maximum |ky| that may hold a mode.
  var maximumRow: Int {
    switch self {
    case .fixed(let spectrum): spectrum.bandLimit.rows.max() ?? 0
    case .ranges(let ranged): ranged.maximumRow
    }
  }
}

/// A candidate whose parameters are ranges.
struct RangedSpectrum: Sendable {
  let model: FieldModel
  let grid: Grid
  /// The kept modes at the middle of the ranges.
  let middle: BandLimit
  /// The columns that may hold a mode.
  let columnCount: Int
  /// The maximum |ky| that may hold a mode.
  let maximumRow: Int

  /// - Throws: ``FieldError`` where the covariance at an end of the ranges cannot be drawn on the grid.
  init(_ candidate: CovarianceModel, of model: FieldModel, on grid: Grid) throws(FieldError) {
    self.model = model
    self.grid = grid
    func bandLimit(_ candidate: CovarianceModel) throws(FieldError) -> BandLimit {
      BandLimit(try candidate.spectrum(on: grid), on: grid, withoutMean: model.standardize)
    }
    middle = try bandLimit(candidate.middle)
    var ends: [BandLimit] = []
    for corner in candidate.corners { ends.append(try bandLimit(corner)) }
    // The shorter the length scale of a smooth field, the more modes it has. Of others nothing is known in advance.
    let isMonotonic =
      candidate.name == SquaredExponential.family.name && candidate.ranges == [CovarianceFamily.lengthScaleName]
    let extents = grid.modeExtents
    columnCount = isMonotonic ? ends.map(\.columnCount).max() ?? 0 : extents.x / 2 + 1
    maximumRow = isMonotonic ? ends.flatMap(\.rows).max() ?? 0 : extents.y / 2
  }

  /// The spectrum of one sample.
  ///
  /// - Parameter candidate: with a number for each range.
  /// - Throws: ``FieldError`` where it cannot be drawn on the grid.
  func spectrum(of candidate: CovarianceModel) throws(FieldError) -> ScaleSpectrum {
    let spectrum = ScaleSpectrum(try variances(of: candidate), on: grid, standardize: model.standardize)
    precondition(
      spectrum.columnCount <= columnCount && spectrum.bandLimit.rows.allSatisfy { $0 <= maximumRow },
      "a length scale within its range has no more modes than the shortest")
    return spectrum
  }

  private func variances(of candidate: CovarianceModel) throws(FieldError) -> Spectrum {
    switch grid.boundary {
    case .periodic: return try candidate.spectrum(on: grid)
    case .open:
      // The embedding was chosen for the ends of the ranges and their middle.
      let (spectrum, fraction, _) = try candidate.embeddedSpectrum(on: grid)
      let tolerance = Embedding.tolerance(of: model)
      guard fraction <= tolerance else {
        throw FieldError(
          .invalidCovariance,
          "\(candidate.name) of \(candidate.parameterText) in the embedding of \(FieldShape.text(grid.extents)): negative eigenvalues make"
            + " \(fraction.twoDigits) of the sum of all, expected at most \(tolerance.twoDigits); use shorter length scales"
            + " or --allow-clamping \((fraction * 1.1).twoDigits)")
      }
      return spectrum
    }
  }
}
