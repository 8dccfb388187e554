import CSpectralKernels
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Draws textures with exactly the requested covariance: weighted sums of independent Gaussian fields.
///
/// A texture is the inverse Fourier transform of independent normal coefficients, whose variances are given by the
/// covariance's eigenvalues; an open texture is a window of this. All scales are summed before the transform, and only
/// columns with a mode of any scale are transformed. A coefficient depends only on (seed, sample, scale, wave numbers).
///
/// Legend: n_z, n_y, n_x extents of the torus in pixels, in an image n_z = 1; (kz, ky, kx) signed wave numbers,
/// -n_y/2 <= ky < n_y/2, 0 <= kx <= n_x/2; w_z, w_y, w_x extents of the texture; K number of columns kx with a mode.
///
/// ``texture(sample:choices:)`` computes a texture in one call. ``withSpectrum(of:in:_:)`` takes two steps and reuses
/// its memory: first the spectrum of ``fields(ofSample:choices:)``, then any rows in any order.
///
/// - Source: Dietrich and Newsam, "Fast and exact simulation of stationary Gaussian processes through circulant
///   embedding of the covariance matrix" (1997).
public final class TextureSampler: Sendable {
  /// The number of rows computed together. Bands that begin and end at its multiples are fastest.
  public static let rowGroup = 8

  /// The model of the textures.
  public let model: FieldModel
  /// The key of the noise.
  public let seed: UInt64
  /// K, the number of transformed columns.
  public let columnCount: Int
  /// The torus from which open textures are cut; nil for periodic textures.
  public let embedding: Embedding?

  private let spectra: [[CandidateSpectrum]]
  let layout: Layout
  let finish: PixelFinish

  /// The steps of a texture's transform.
  enum Layout: Sendable {
    /// Planes of one kx each, then rows.
    case planes(PlaneDrawing, PlaneTransform, RowTransform)
    /// The whole series.
    case series(SeriesTransform)
  }

  /// - Parameters:
  ///   - model: the model of the textures.
  ///   - seed: the key of the noise.
  /// - Throws: ``FieldError`` with code `.memory`, or with another code if a candidate cannot be drawn on the model's
  ///   grid.
  /// - Complexity: for each candidate, O(extents) if its spectrum is separable, otherwise O(pixels), in addition to
  ///   computing the spectrum.
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
  ///   - grid: the grid of the texture or the embedding.
  ///   - spectra: the candidates' spectra on the grid, shape (scale, candidate).
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

  /// The band limits of all candidates, shape (scale, candidate). Ranges are replaced by their middle.
  public var bandLimits: [[BandLimit]] { spectra.map { $0.map(\.bandLimit) } }

  /// The size in bytes of the amplitudes that the sampler keeps.
  public var bytes: Int { fixedSpectra.reduce(0) { $0 + $1.bytes } }
  /// The approximate memory in bytes used to create the sampler.
  public var planningBytes: Int { fixedSpectra.map(\.planningBytes).max() ?? 0 }

  private var fixedSpectra: [ScaleSpectrum] {
    spectra.joined().compactMap { candidate in
      switch candidate {
      case .fixed(let spectrum): spectrum
      case .ranges: nil
      }
    }
  }

  /// The approximate size in bytes of the spectra that ``fields(ofSample:choices:)`` computes: eigenvalues in double
  /// precision, a copy during their transform, and amplitudes.
  var sampleSpectrumBytes: Int {
    let modes = (embedding?.extents ?? model.shape.extents).reduce(1, *)
    return 12 * modes * spectra.count { scale in scale.contains { $0.isRanged } }
  }

  /// The fields of a sample.
  ///
  /// - Parameters:
  ///   - sample: the sample's index, under 2³².
  ///   - choices: for each scale, the index of its candidate.
  /// - Throws: ``FieldError`` if the covariance drawn from ranges cannot be drawn on the grid, even though those at the
  ///   ends can.
  /// - Complexity: O(1) for fixed parameters; for ranges, that of computing the spectrum.
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

  /// Computes the texture of a sample, and blocks until it is complete.
  ///
  /// - Parameters:
  ///   - sample: the sample's index.
  ///   - choices: for each scale, the index of its candidate.
  /// - Returns: the pixels in the order of the axes, x fastest.
  /// - Throws: ``FieldError`` with code `.memory` if there is too little for the texture and its workspace; also the
  ///   errors of ``fields(ofSample:choices:)``.
  public func texture(sample: Int, choices: [Int]) throws(FieldError) -> [Float] {
    let fields = try fields(ofSample: sample, choices: choices)
    let (pixels, rows) = (model.shape.pixels, model.shape.rowCount)
    do throws(AllocationError) {
      var workspace = try TextureWorkspace(for: self)
      return try withSpectrum(of: fields, in: &workspace) { spectrum throws(AllocationError) in
        // An array cannot report a failed allocation, so try the same amount first.
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
  ///   - fields: the sample's fields, from this sampler.
  ///   - workspace: a workspace of this sampler; it contains the spectrum while `body` runs.
  ///   - body: computes rows of the texture.
  /// - Returns: what `body` returns.
  public func withSpectrum<Result, Failure: Error>(
    of fields: SampleFields, in workspace: inout TextureWorkspace,
    _ body: (borrowing TextureSpectrum) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    _ = computeSpectrum(of: fields, in: workspace) { true }
    return try body(TextureSpectrum(sampler: self, memory: workspace.memory, sample: fields.sample))
  }

  /// Draws a sample's coefficients, transforms them along z and y, and calls `body` with the result, unless stopped.
  ///
  /// Blocks until `body` has returned. The spectrum is computed on all of the workspace's threads.
  ///
  /// - Parameters:
  ///   - fields: the sample's fields, from this sampler.
  ///   - workspace: a workspace of this sampler; it contains the spectrum while `body` runs.
  ///   - shouldContinue: called before each column, from any thread; the first `false` stops the computation.
  ///   - body: computes rows of the texture; not called if the spectrum is incomplete.
  /// - Returns: what `body` returns; nil if `shouldContinue` stopped the computation.
  public func withSpectrum<Result, Failure: Error>(
    of fields: SampleFields, in workspace: inout TextureWorkspace, shouldContinue: @Sendable () -> Bool,
    _ body: (borrowing TextureSpectrum) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard computeSpectrum(of: fields, in: workspace, shouldContinue) else { return nil }
    return try body(TextureSpectrum(sampler: self, memory: workspace.memory, sample: fields.sample))
  }

  /// Computes the spectrum in the workspace.
  ///
  /// - Returns: whether it is complete.
  private func computeSpectrum(
    of fields: SampleFields, in workspace: borrowing TextureWorkspace, _ shouldContinue: @Sendable () -> Bool
  ) -> Bool {
    precondition(workspace.fits(self), "a workspace of this sampler")
    // The parts point into the spectra of the fields.
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

  /// Calls `work` for each column in 0..<count on all of the workspace's threads, with the thread's scratch memory.
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

  /// The scales with factors that normalize each to standard deviation 1 before weighting; nil if `shouldContinue`
  /// stopped the computation.
  private func standardized(
    _ parts: [ScalePart], in memory: TextureWorkspace.Memory, _ shouldContinue: @Sendable () -> Bool
  ) -> [ScalePart]? {
    var standardized: [ScalePart] = []
    for (part, scale) in zip(parts, model.scales) {
      guard let own = standardDeviation(of: part.with(factor: 1), in: memory, shouldContinue) else { return nil }
      standardized.append(part.with(factor: Float(scale.weight / own)))
    }
    return standardized
  }

  /// The standard deviation of one scale's field over the texture's pixels, by Parseval's theorem; nil if
  /// `shouldContinue` stopped the computation.
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
      // Sum in the order of the columns: the same bits for any number of threads.
      return (0..<columns).reduce(0) { $0 + memory.power[$1] }.squareRoot()
    case .series(let transform):
      guard shouldContinue() else { return nil }
      transform.draw([part], withoutMean: true, in: memory.plane(0), threads: memory.threads)
      return transform.power(in: memory.plane(0)).squareRoot()
    }
  }
}

/// Runs `work` for each index in 0..<threads, in parallel if the machine has the cores, and waits for all.
package func onThreads(_ threads: Int, _ work: @Sendable (Int) -> Void) {
  if threads == 1 { work(0) } else { DispatchQueue.concurrentPerform(iterations: threads, execute: work) }
}
