import CSpectralKernels
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Draws textures with exactly the covariance asked for: sums of weighted, independent Gaussian fields.
///
/// A texture is the inverse Fourier transform of independent normal coefficients, each with the standard deviation
/// that the covariance's eigenvalue gives it; of an open texture it is a window of that. All scales are summed before the
/// transform, and only the columns that hold a mode of any scale are transformed. A coefficient depends on (seed, sample,
/// scale, wave numbers) alone.
///
/// Legend: n_z, n_y, n_x extents of the torus in pixels, in an image n_z = 1; (kz, ky, kx) signed wave numbers,
/// -n_y/2 <= ky < n_y/2, 0 <= kx <= n_x/2; w_z, w_y, w_x extents of the texture; K number of columns kx that hold a mode.
///
/// ``texture(sample:choices:)`` makes a texture in one call. ``withSpectrum(of:in:_:)`` makes it in two steps, in memory that
/// is used again for the next: the spectrum of ``fields(ofSample:choices:)``, then any rows in any order.
///
/// - Source: Dietrich and Newsam, "Fast and exact simulation of stationary Gaussian processes through circulant
///   embedding of the covariance matrix" (1997).
public final class TextureSampler: Sendable {
  /// Rows are made in groups of so many; bands that begin and end at its multiples are made fastest.
  public static let rowGroup = 8

  /// What is drawn.
  public let model: FieldModel
  /// The key of the noise.
  public let seed: UInt64
  /// K: the transform's columns.
  public let columnCount: Int
  /// The torus that open textures are windows of; nil of periodic ones.
  public let embedding: Embedding?

  private let spectra: [[CandidateSpectrum]]
  let layout: Layout
  let finish: PixelFinish

  /// How a texture is transformed.
  enum Layout: Sendable {
    /// In planes of one kx each, then in rows.
    case planes(PlaneDrawing, PlaneTransform, RowTransform)
    /// In one piece.
    case series(SeriesTransform)
  }

  /// - Parameters:
  ///   - model: what is drawn.
  ///   - seed: the key of the noise.
  /// - Throws: ``FieldError`` with code `.memory`, or another where a candidate cannot be drawn on the model's grid.
  /// - Complexity: O(extents) for each candidate of a separable spectrum, O(pixels) otherwise, beside that of the spectrum
  ///   itself.
  public convenience init(_ model: FieldModel, seed: UInt64) throws(FieldError) {
    let embedding: Embedding?
    let grid: Grid
    switch model.boundary {
    case .periodic: (embedding, grid) = (nil, Grid(periodic: model.shape))
    case .open:
      let found = try Embedding(for: model)
      (embedding, grid) = (found, Grid(open: model.shape, embedding: found.extents))
    }
    var spectra: [[CandidateSpectrum]] = []
    for scale in model.scales {
      var candidates: [CandidateSpectrum] = []
      for candidate in scale.candidates { candidates.append(try CandidateSpectrum(candidate, of: model, on: grid)) }
      spectra.append(candidates)
    }
    try self.init(model, seed: seed, on: grid, embedding: embedding, spectra: spectra)
  }

  /// - Parameters:
  ///   - grid: the texture's, or an embedding's.
  ///   - spectra: of the candidates on it, shape (scale, candidate).
  init(
    _ model: FieldModel, seed: UInt64, on grid: Grid, embedding: Embedding?, spectra: [[CandidateSpectrum]]
  ) throws(FieldError) {
    self.model = model
    self.seed = seed
    self.embedding = embedding
    self.spectra = spectra
    finish = PixelFinish(model, seed: seed)
    let columnCount = max(1, spectra.joined().map(\.columnCount).max() ?? 1)
    self.columnCount = columnCount
    do throws(AllocationError) {
      switch model.shape {
      case .series(let length):
        let modeCount = 1 + (spectra.joined().map(\.maximumRow).max() ?? 0)
        layout = .series(
          try SeriesTransform(length: grid.extents[0], window: length, modeCount: max(1, modeCount)))
      case .image, .volume:
        let planes = try PlaneTransform(grid)
        layout = .planes(
          PlaneDrawing(extents: grid.modeExtents, pitch: planes.drawnPitch, withoutMean: model.standardize), planes,
          try RowTransform(side: grid.modeExtents.x, window: model.shape.rowLength, columnCount: columnCount))
      }
    } catch {
      throw FieldError(.memory, error.message)
    }
  }

  /// The band limit of each scale's candidates, shape (scale, candidate); where parameters are ranges, that at the middle of
  /// them.
  public var bandLimits: [[BandLimit]] { spectra.map { $0.map(\.bandLimit) } }

  /// The bytes of all amplitudes, which a sampler keeps.
  public var bytes: Int { fixedSpectra.reduce(0) { $0 + $1.bytes } }
  /// The bytes that were taken, about, while the sampler was made.
  public var planningBytes: Int { fixedSpectra.map(\.planningBytes).max() ?? 0 }

  private var fixedSpectra: [ScaleSpectrum] {
    spectra.joined().compactMap { candidate in
      switch candidate {
      case .fixed(let spectrum): spectrum
      case .ranges: nil
      }
    }
  }

  /// The bytes of the spectra that ``fields(ofSample:choices:)`` makes, about: eigenvalues in double precision, once more while
  /// they are transformed, and amplitudes.
  var sampleSpectrumBytes: Int {
    let modes = (embedding?.extents ?? model.shape.extents).reduce(1, *)
    return 12 * modes * spectra.count { scale in scale.contains { $0.isRanged } }
  }

  /// The fields of a sample. They cost nothing, but where parameters are ranges, whose spectrum is computed for the sample.
  ///
  /// - Parameters:
  ///   - sample: the sample's index, under 2³².
  ///   - choices: for each scale, the index of its candidate.
  /// - Throws: ``FieldError`` where the covariance within its ranges cannot be drawn on the grid, though that at their ends can.
  public func fields(ofSample sample: Int, choices: [Int]) throws(FieldError) -> SampleFields {
    precondition(choices.count == model.scales.count, "one choice for each scale")
    var fields: [ScaleSpectrum] = []
    for (scale, choice) in choices.enumerated() {
      switch spectra[scale][choice] {
      case .fixed(let spectrum): fields.append(spectrum)
      case .ranges(let ranged):
        let covariance = model.scales[scale].candidates[choice].drawn(
          seed: seed, sample: sample, scale: scale, choice: choice)
        fields.append(try ranged.spectrum(of: covariance))
      }
    }
    return SampleFields(sample: sample, spectra: fields)
  }

  /// Makes the texture of a sample. Blocks while it does.
  ///
  /// - Parameters:
  ///   - sample: the sample's index.
  ///   - choices: for each scale, the index of its candidate.
  /// - Returns: the pixels in the order of the axes, x fastest.
  /// - Throws: ``FieldError`` with code `.memory` where there is too little for the texture and its workspace; as
  ///   ``fields(ofSample:choices:)``.
  public func texture(sample: Int, choices: [Int]) throws(FieldError) -> [Float] {
    let fields = try fields(ofSample: sample, choices: choices)
    let (pixels, rows) = (model.shape.pixels, model.shape.rowCount)
    do throws(AllocationError) {
      var workspace = try TextureWorkspace(for: self)
      return try withSpectrum(of: fields, in: &workspace) { spectrum throws(AllocationError) in
        // An array cannot report that it gets no memory; this tries the same amount first.
        _ = try AlignedBuffer<Float>(count: pixels)
        return [Float](unsafeUninitializedCapacity: pixels) { buffer, count in
          spectrum.makeRows(0..<rows, into: buffer)
          count = pixels
        }
      }
    } catch {
      throw FieldError(.memory, error.message)
    }
  }

  /// Draws a sample's coefficients, transforms them along z and y, and calls `body` with the result.
  ///
  /// Blocks until `body` has returned. The spectrum is computed on all of the workspace's threads.
  ///
  /// - Parameters:
  ///   - fields: of the sample, by this sampler.
  ///   - workspace: of this sampler; it holds the spectrum while `body` runs.
  ///   - body: makes rows of the texture.
  /// - Returns: what `body` returns.
  public func withSpectrum<Result, Failure: Error>(
    of fields: SampleFields, in workspace: inout TextureWorkspace,
    _ body: (borrowing TextureSpectrum) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    _ = computeSpectrum(of: fields, in: workspace) { true }
    return try body(TextureSpectrum(sampler: self, memory: workspace.memory, sample: fields.sample))
  }

  /// Draws a sample's coefficients, transforms them along z and y, and calls `body` with the result unless stopped before.
  ///
  /// Blocks until `body` has returned. The spectrum is computed on all of the workspace's threads.
  ///
  /// - Parameters:
  ///   - fields: of the sample, by this sampler.
  ///   - workspace: of this sampler; it holds the spectrum while `body` runs.
  ///   - shouldContinue: called before each column, from any thread; the first `false` stops.
  ///   - body: makes rows of the texture; not called for a spectrum that is incomplete.
  /// - Returns: what `body` returns; nil where `shouldContinue` stopped the computation.
  public func withSpectrum<Result, Failure: Error>(
    of fields: SampleFields, in workspace: inout TextureWorkspace, shouldContinue: @Sendable () -> Bool,
    _ body: (borrowing TextureSpectrum) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard computeSpectrum(of: fields, in: workspace, shouldContinue) else { return nil }
    return try body(TextureSpectrum(sampler: self, memory: workspace.memory, sample: fields.sample))
  }

  /// Fills the workspace.
  ///
  /// - Returns: whether all of it was computed.
  private func computeSpectrum(
    of fields: SampleFields, in workspace: borrowing TextureWorkspace, _ shouldContinue: @Sendable () -> Bool
  ) -> Bool {
    precondition(workspace.fits(self), "a workspace of this sampler")
    // The parts of the fields point into their spectra.
    defer { withExtendedLifetime(fields) {} }
    let memory = workspace.memory
    let drawn = fields.spectra.enumerated().map { scale, spectrum in
      ScalePart(
        spectrum,
        noise: gpgen_noise_stream(
          seed: seed, sample: UInt32(fields.sample), purpose_and_scale: NoisePurpose.texture.word(scale: scale)),
        factor: Float(model.scales[scale].weight))
    }
    guard let parts = model.standardize ? standardized(drawn, in: memory, shouldContinue) : drawn else { return false }
    switch layout {
    case .planes(let drawing, let transform, _):
      return forEachColumn(columnCount, in: memory, shouldContinue) { kx, scratch in
        let output = memory.plane(kx)
        if parts.contains(where: { kx < $0.columnCount }) {
          let maximumRow = drawing.draw(kx, parts, into: scratch)
          transform.transform(
            scratch, maximumRow: maximumRow, scratch: scratch + 2 * transform.drawnCount, into: output)
        } else {
          output.update(repeating: 0, count: 2 * transform.planePitch)
        }
      }
    case .series(let transform):
      guard shouldContinue() else { return false }
      transform.draw(parts, withoutMean: model.standardize, in: memory.plane(0), threads: memory.threads)
      guard shouldContinue() else { return false }
      transform.transform(in: memory.plane(0), threads: memory.threads) { memory.planeScratch(ofThread: $0) }
      return true
    }
  }

  /// Calls `work` for each column under `count`, on all of the workspace's threads, with a thread's scratch memory.
  ///
  /// - Returns: whether it was called for all of them.
  private func forEachColumn(
    _ count: Int, in memory: TextureWorkspace.Memory, _ shouldContinue: @Sendable () -> Bool,
    _ work: @Sendable (Int, UnsafeMutablePointer<Float>) -> Void
  ) -> Bool {
    let stopped = Atomic(false)
    onThreads(memory.threads) { thread in
      let scratch = memory.planeScratch(ofThread: thread)
      for kx in stride(from: thread, to: count, by: memory.threads) {
        guard shouldContinue() else { return stopped.store(true, ordering: .relaxed) }
        work(kx, scratch)
      }
    }
    return !stopped.load(ordering: .relaxed)
  }

  /// The scales with factors that bring each to standard deviation 1 before weighting; nil where `shouldContinue` stopped
  /// the computation.
  private func standardized(
    _ parts: [ScalePart], in memory: TextureWorkspace.Memory, _ shouldContinue: @Sendable () -> Bool
  ) -> [ScalePart]? {
    var standardized: [ScalePart] = []
    for (part, scale) in zip(parts, model.scales) {
      guard let deviation = standardDeviation(of: part.with(factor: 1), in: memory, shouldContinue) else { return nil }
      standardized.append(part.with(factor: Float(scale.weight / deviation)))
    }
    return standardized
  }

  /// The standard deviation of one scale's field over the texture's pixels about their mean, from its coefficients by
  /// Parseval; nil where `shouldContinue` stopped the computation.
  private func standardDeviation(
    of part: ScalePart, in memory: TextureWorkspace.Memory, _ shouldContinue: @Sendable () -> Bool
  ) -> Double? {
    switch layout {
    case .planes(let drawing, _, _):
      let columns = part.columnCount
      let isComplete = forEachColumn(columns, in: memory, shouldContinue) { kx, plane in
        drawing.draw(kx, [part], into: plane)
        memory.power[kx] = drawing.power(kx, part, in: plane)
      }
      guard isComplete else { return nil }
      // Summed in the order of the columns: the same bits for any number of threads.
      return (0..<columns).reduce(0) { $0 + memory.power[$1] }.squareRoot()
    case .series(let transform):
      guard shouldContinue() else { return nil }
      transform.draw([part], withoutMean: true, in: memory.plane(0), threads: memory.threads)
      return transform.power(in: memory.plane(0)).squareRoot()
    }
  }
}

/// Runs `work` for each of `threads`, at the same time where the machine has the cores.
package func onThreads(_ threads: Int, _ work: @Sendable (Int) -> Void) {
  if threads == 1 { work(0) } else { DispatchQueue.concurrentPerform(iterations: threads, execute: work) }
}
