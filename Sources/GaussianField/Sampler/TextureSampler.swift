import CSpectralKernels
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Draws periodic textures with exactly the covariance asked for: sums of weighted, independent Gaussian fields.
///
/// A texture is the inverse Fourier transform of independent normal coefficients, each with the standard deviation
/// that the covariance's eigenvalue gives it. All scales are summed before the transform, and only the columns that
/// hold a mode of any scale are transformed. A coefficient depends on (seed, sample, scale, ky, kx) alone.
///
/// Legend: n side in pixels; (ky, kx) signed wave numbers, -n/2 <= ky < n/2, 0 <= kx <= n/2; K number of columns kx
/// that hold a mode.
///
/// ``texture(sample:choices:)`` makes a texture in one call. ``withSpectrum(sample:choices:in:_:)`` makes it in two steps,
/// in memory that is used again for the next: the spectrum, then any rows in any order.
///
/// - Source: Dietrich and Newsam, "Fast and exact simulation of stationary Gaussian processes through circulant
///   embedding of the covariance matrix" (1997).
public final class TextureSampler: Sendable {
  /// Rows are made in groups of so many, beginning at a multiple of it.
  public static let rowGroup = 8

  /// What is drawn.
  public let model: FieldModel
  /// The key of the noise.
  public let seed: UInt64
  /// n, in pixels.
  public let side: Int
  /// K: the transform's columns.
  public let columnCount: Int

  let spectra: [[ScaleSpectrum]]
  let rowTransform: RowTransform
  private let columnPlan: FourierPlan
  private let standardize: Bool

  /// - Parameters:
  ///   - model: what is drawn.
  ///   - seed: the key of the noise.
  /// - Throws: ``FieldError`` with code `.memory`.
  /// - Complexity: O(n) for each candidate of a separable spectrum, O(n²) otherwise, beside that of the spectrum itself.
  public init(_ model: FieldModel, seed: UInt64) throws(FieldError) {
    self.model = model
    self.seed = seed
    standardize = model.standardize
    switch (model.shape, model.boundary, model.transform) {
    case (.image(let height, let width), .periodic, .identity) where height == width: side = width
    case (.series, _, _), (.image, _, _), (.volume, _, _):
      throw FieldError(.unsupportedShape, "\(model.shape): expected a periodic square")
    }
    let grid = Grid(periodic: model.shape)
    var spectra: [[ScaleSpectrum]] = []
    for scale in model.scales {
      var candidates: [ScaleSpectrum] = []
      for candidate in scale.candidates {
        candidates.append(
          ScaleSpectrum(try candidate.spectrum(on: grid), on: grid, standardize: model.standardize))
      }
      spectra.append(candidates)
    }
    self.spectra = spectra
    columnCount = spectra.joined().map(\.bandLimit.rows.count).max() ?? 1
    do {
      columnPlan = try FourierPlan(length: side)
      rowTransform = try RowTransform(side: side, columnCount: columnCount)
    } catch {
      throw FieldError(.memory, error.message)
    }
  }

  /// The band limit of each scale's candidates, shape (scale, candidate).
  public var bandLimits: [[BandLimit]] { spectra.map { $0.map(\.bandLimit) } }

  /// Makes the texture of a sample. Blocks while it does.
  ///
  /// - Parameters:
  ///   - sample: the sample's index.
  ///   - choices: for each scale, the index of its candidate.
  /// - Returns: shape (n, n), row by row.
  /// - Throws: ``AllocationError`` where there is too little memory for the texture and its workspace.
  public func texture(sample: Int, choices: [Int]) throws(AllocationError) -> [Float] {
    var workspace = try TextureWorkspace(for: self)
    return try withSpectrum(sample: sample, choices: choices, in: &workspace) { spectrum throws(AllocationError) in
      // An array cannot report that it gets no memory; this tries the same amount first.
      _ = try AlignedBuffer<Float>(count: side * side)
      return [Float](unsafeUninitializedCapacity: side * side) { buffer, count in
        spectrum.makeRows(0..<side, into: buffer)
        count = side * side
      }
    }
  }

  /// Draws a sample's coefficients, transforms them along y, and calls `body` with the result.
  ///
  /// Blocks until `body` has returned. The spectrum is computed on all of the workspace's threads.
  ///
  /// - Parameters:
  ///   - sample: the sample's index, under 2³².
  ///   - choices: for each scale, the index of its candidate.
  ///   - workspace: of this sampler; it holds the spectrum while `body` runs.
  ///   - body: makes rows of the texture.
  /// - Returns: what `body` returns.
  public func withSpectrum<Result, Failure: Error>(
    sample: Int, choices: [Int], in workspace: inout TextureWorkspace,
    _ body: (borrowing TextureSpectrum) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    _ = computeSpectrum(sample: sample, choices: choices, in: workspace) { true }
    return try body(TextureSpectrum(sampler: self, memory: workspace.memory))
  }

  /// Draws a sample's coefficients, transforms them along y, and calls `body` with the result unless stopped before.
  ///
  /// Blocks until `body` has returned. The spectrum is computed on all of the workspace's threads.
  ///
  /// - Parameters:
  ///   - sample: the sample's index, under 2³².
  ///   - choices: for each scale, the index of its candidate.
  ///   - workspace: of this sampler; it holds the spectrum while `body` runs.
  ///   - shouldContinue: called before each column, from any thread; the first `false` stops.
  ///   - body: makes rows of the texture; not called for a spectrum that is incomplete.
  /// - Returns: what `body` returns; nil where `shouldContinue` stopped the computation.
  public func withSpectrum<Result, Failure: Error>(
    sample: Int, choices: [Int], in workspace: inout TextureWorkspace, shouldContinue: @Sendable () -> Bool,
    _ body: (borrowing TextureSpectrum) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard computeSpectrum(sample: sample, choices: choices, in: workspace, shouldContinue) else { return nil }
    return try body(TextureSpectrum(sampler: self, memory: workspace.memory))
  }

  /// Fills the workspace's columns.
  ///
  /// - Returns: whether all columns were computed.
  private func computeSpectrum(
    sample: Int, choices: [Int], in workspace: borrowing TextureWorkspace, _ shouldContinue: @Sendable () -> Bool
  ) -> Bool {
    precondition(choices.count == model.scales.count, "one choice for each scale")
    precondition(workspace.fits(self), "a workspace of this sampler")
    let memory = workspace.memory
    let noise = choices.indices.map { scale in
      gpgen_noise_stream(
        seed: seed, sample: UInt32(sample), purpose_and_scale: NoisePurpose.texture.word(scale: scale))
    }
    var factors = model.scales.map { Float($0.weight) }
    if standardize {
      for scale in model.scales.indices {
        guard
          let deviation = deviation(of: spectra[scale][choices[scale]], noise: noise[scale], in: memory, shouldContinue)
        else { return false }
        factors[scale] = Float(model.scales[scale].weight / deviation)
      }
    }
    let parts = factors.indices.map { scale in
      Part(columns: spectra[scale][choices[scale]].columns, noise: noise[scale], factor: factors[scale])
    }
    return forEachColumn(columnCount, in: memory, shouldContinue) { kx, column in
      let output = memory.transformedColumn(kx)
      if parts.contains(where: { kx < $0.columns.count }) {
        drawColumn(kx, parts, into: column)
        columnPlan.transform(column, to: output)
      } else {
        output.update(repeating: 0, count: 2 * side)
      }
    }
  }

  /// Calls `work` for each column under `count`, on all of the workspace's threads, with a column of scratch memory.
  ///
  /// - Returns: whether it was called for all of them.
  private func forEachColumn(
    _ count: Int, in memory: TextureWorkspace.Memory, _ shouldContinue: @Sendable () -> Bool,
    _ work: @Sendable (Int, UnsafeMutablePointer<Float>) -> Void
  ) -> Bool {
    let stopped = Atomic(false)
    onThreads(memory.threads) { thread in
      let column = memory.column(ofThread: thread)
      for kx in stride(from: thread, to: count, by: memory.threads) {
        guard shouldContinue() else { return stopped.store(true, ordering: .relaxed) }
        work(kx, column)
      }
    }
    return !stopped.load(ordering: .relaxed)
  }

  /// One scale of one texture.
  private struct Part: @unchecked Sendable {
    // Sendable: nothing is written to the columns, which the sampler's spectra keep.
    let columns: UnsafeBufferPointer<ScaleSpectrum.Column>
    let noise: gpgen_noise_stream
    let factor: Float
  }

  /// The deviation of one scale's field over the texture's pixels about their mean, from its coefficients by Parseval;
  /// nil where `shouldContinue` stopped the computation.
  private func deviation(
    of spectrum: ScaleSpectrum, noise: gpgen_noise_stream, in memory: TextureWorkspace.Memory,
    _ shouldContinue: @Sendable () -> Bool
  ) -> Double? {
    let parts = [Part(columns: spectrum.columns, noise: noise, factor: 1)]
    let columns = spectrum.columns.count
    let isComplete = forEachColumn(columns, in: memory, shouldContinue) { kx, column in
      drawColumn(kx, parts, into: column)
      let maximum = parts[0].columns[kx].maximumRow
      var power = 0.0
      for rows in [0..<min(maximum + 1, side), max(maximum + 1, side - maximum)..<side] {
        for ky in rows {
          let (re, im) = (Double(column[2 * ky]), Double(column[2 * ky + 1]))
          power += re * re + im * im
        }
      }
      memory.power[kx] = isSelfConjugate(kx) ? power : 2 * power
    }
    guard isComplete else { return nil }
    // Summed in the order of the columns: the same bits for any number of threads.
    return (0..<columns).reduce(0) { $0 + memory.power[$1] }.squareRoot()
  }

  private func isSelfConjugate(_ kx: Int) -> Bool { kx == 0 || 2 * kx == side }

  /// Draws the coefficients of column `kx`, summed over scales.
  ///
  /// A complex coefficient of standard deviation s is s / sqrt(2) times (a + i b). On the lines kx = 0 and kx = n/2 the
  /// coefficients at ky and -ky are conjugate: those at ky > 0 are drawn. The four that are their own conjugates are
  /// real, s times a.
  ///
  /// - Parameter column: shape (n) complex, row ky at index ky mod n.
  private func drawColumn(_ kx: Int, _ parts: [Part], into column: UnsafeMutablePointer<Float>) {
    column.update(repeating: 0, count: 2 * side)
    let selfConjugate = isSelfConjugate(kx)
    let maximumPositive = (side - 1) / 2
    var maximumDrawn = 0
    for part in parts where kx < part.columns.count {
      let (maximum, zero) = (part.columns[kx].maximumRow, part.columns[kx].zero)
      let factor = Float(0.5).squareRoot() * part.factor * part.columns[kx].factor
      func draw(_ ky: ClosedRange<Int>) {
        gpgen_add_noise(
          part.noise, Int32(kx), Int32(ky.lowerBound), ky.count, zero + ky.lowerBound, factor,
          column + 2 * (ky.lowerBound < 0 ? side + ky.lowerBound : ky.lowerBound))
      }
      let positive = min(maximum, maximumPositive)
      // Standardized, the field has no mean: its coefficient at (0, 0) is left out.
      let first = standardize && kx == 0 ? 1 : 0
      if first <= positive { draw(first...positive) }
      if !selfConjugate {
        if maximum > 0 { draw(-maximum...(-1)) }
      } else if 2 * maximum == side {
        draw(-maximum...(-maximum))
      }
      maximumDrawn = max(maximumDrawn, maximum)
    }
    guard selfConjugate else { return }
    func makeReal(_ ky: Int) {
      column[2 * ky] *= Float(2).squareRoot()
      column[2 * ky + 1] = 0
    }
    makeReal(0)
    for ky in stride(from: 1, through: min(maximumDrawn, maximumPositive), by: 1) {
      column[2 * (side - ky)] = column[2 * ky]
      column[2 * (side - ky) + 1] = -column[2 * ky + 1]
    }
    if 2 * maximumDrawn == side { makeReal(maximumDrawn) }
  }
}

/// Runs `work` for each of `threads`, at the same time where the machine has the cores.
package func onThreads(_ threads: Int, _ work: @Sendable (Int) -> Void) {
  if threads == 1 { work(0) } else { DispatchQueue.concurrentPerform(iterations: threads, execute: work) }
}
