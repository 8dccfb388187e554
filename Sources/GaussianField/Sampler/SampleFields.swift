import CSpectralKernels

/// The fields of one sample, one for each scale, ready to be drawn.
///
/// ``TextureSampler/fields(ofSample:choices:)`` creates it.
public struct SampleFields: Sendable {
  /// The sample's index in the whole dataset.
  public let sample: Int
  /// The scales' amplitudes.
  let spectra: [ScaleSpectrum]
}

/// A sampler's representation of one candidate of a scale.
enum CandidateSpectrum: Sendable {
  /// The same in every sample.
  case fixed(ScaleSpectrum)
  /// Computed for each sample, because parameters are ranges.
  case ranges(RangedSpectrum)

  init(_ candidate: CovarianceModel, of model: FieldModel, on grid: Grid) throws(FieldError) {
    self =
      candidate.ranges.isEmpty
      ? .fixed(ScaleSpectrum(try candidate.spectrum(on: grid), on: grid, standardize: model.standardize))
      : .ranges(try RangedSpectrum(candidate, of: model, on: grid))
  }

  /// Whether the spectrum is computed for each sample.
  var isRanged: Bool {
    switch self {
    case .fixed: false
    case .ranges: true
    }
  }

  /// The kept modes. Ranges are replaced by their middle.
  var bandLimit: BandLimit {
    switch self {
    case .fixed(let spectrum): spectrum.bandLimit
    case .ranges(let ranged): ranged.middle
    }
  }

  /// The number of columns that may have a mode.
  var columnCount: Int {
    switch self {
    case .fixed(let spectrum): spectrum.columnCount
    case .ranges(let ranged): ranged.columnCount
    }
  }

  /// The maximum |ky| that may have a mode.
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
  /// The number of columns that may have a mode.
  let columnCount: Int
  /// The maximum |ky| that may have a mode.
  let maximumRow: Int

  /// - Throws: ``FieldError`` if the covariance at an end of the ranges cannot be drawn on the grid.
  init(_ candidate: CovarianceModel, of model: FieldModel, on grid: Grid) throws(FieldError) {
    self.model = model
    self.grid = grid
    func bandLimit(_ candidate: CovarianceModel) throws(FieldError) -> BandLimit {
      BandLimit(try candidate.spectrum(on: grid), on: grid, withoutMean: model.standardize)
    }
    middle = try bandLimit(candidate.middle)
    var ends: [BandLimit] = []
    for corner in candidate.corners { ends.append(try bandLimit(corner)) }
    // A smooth field has more modes the shorter its length scale. For other families no bound is known in advance.
    let isMonotonic =
      candidate.name == SquaredExponential.family.name && candidate.ranges == [CovarianceFamily.lengthScaleName]
    let extents = grid.modeExtents
    columnCount = isMonotonic ? ends.map(\.columnCount).max() ?? 0 : extents.x / 2 + 1
    maximumRow = isMonotonic ? ends.flatMap(\.rows).max() ?? 0 : extents.y / 2
  }

  /// The spectrum of one sample.
  ///
  /// - Parameter candidate: the candidate with each range replaced by a number.
  /// - Throws: ``FieldError`` if it cannot be drawn on the grid.
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
      // The embedding was only tested at the ends and the middle of the ranges.
      let (spectrum, fraction, _) = try candidate.embeddedSpectrum(on: grid)
      let tolerance = Embedding.tolerance(of: model)
      guard fraction <= tolerance else {
        throw FieldError(
          .invalidCovariance,
          "\(candidate.name) of \(candidate.parameterText) in the embedding of \(FieldShape.text(grid.extents)): negative eigenvalues are"
            + " \(fraction.twoDigits) of the sum of all, expected at most \(tolerance.twoDigits); use shorter length scales"
            + " or --allow-clamping \((fraction * 1.1).twoDigits)")
      }
      return spectrum
    }
  }
}
