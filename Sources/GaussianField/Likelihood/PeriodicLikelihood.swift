import CSpectralKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The exact likelihood of periodic textures: a sum over modes.
///
/// With N pixels, the power P(k) = |DFT T(k)|² / N² of mode k and its variance v_h(k) under hypothesis h,
///
///     log L_h = -1/2 sum over all N modes of ( P(k) / v_h(k) + ln v_h(k) )
///
/// up to a term common to all hypotheses. Variances are raised to a floor, which is the same for all hypotheses: a
/// thousand times the variance of rounding, or the variance that a band limit drops from the mode. A mode thus
/// distinguishes two hypotheses as soon as its variance exceeds the floor under one of them. Modes below the floor
/// under all are omitted.
final class PeriodicLikelihood: Sendable {
  private let transform: ModeTransform
  private let order: ModeOrder
  private let hypothesisCount: Int
  /// 1 / (N² v), times the number of modes that an element represents; 0 for omitted modes. Shape (line, hypothesis,
  /// index).
  private let weights: SharedWeights
  /// The sum of ln v over the included modes, for each hypothesis.
  private let logDeterminants: [Double]
  /// The number of lines up to the last one with an included mode.
  private let lineCount: Int
  /// The number of included modes, counting both signs.
  let modeCount: Int

  /// - Parameters:
  ///   - model: the model of the textures.
  ///   - hypotheses: the hypotheses about a texture.
  ///   - spectra: the spectra of each hypothesis and scale.
  ///   - precision: the precision of the pixels.
  /// - Throws: ``FieldError`` with code `.memory`.
  init(
    _ model: FieldModel, _ hypotheses: [Hypothesis], spectra: HypothesisSpectra, precision: PixelPrecision
  ) throws(FieldError) {
    let order = ModeOrder(model.shape, folded: spectra.areEven)
    let (length, count) = (order.lineLength, hypotheses.count)
    self.order = order
    hypothesisCount = count
    do throws(AllocationError) {
      transform = try ModeTransform(model.shape)
      weights = SharedWeights(try AlignedBuffer(count: order.lineCount * count * length))
    } catch {
      throw FieldError(.memory, error.message)
    }
    let pixels = Double(order.pixels)
    let leastFloor = hypotheses.reduce(0) {
      max($0, ModeFloor(model, choices: $1.choices, precision: precision).variance)
    }
    var logDeterminants = [Double](repeating: 0, count: count)
    var (kept, lastLine) = (0.0, 0)
    for line in 0..<order.lineCount {
      // Only what band limits keep is drawn.
      var floors = [Double](repeating: leastFloor, count: length)
      let variances = (0..<count).map { hypothesis in
        let dropped = spectra.dropped(of: hypothesis, model, order, line: line)
        for index in 0..<length { floors[index] = max(floors[index], dropped[index]) }
        return zip(model.modeVariances(spectra[hypothesis], order, line: line), dropped).map { $0 - $1 }
      }
      let row = weights.pointer + line * count * length
      for index in 0..<length where variances.contains(where: { $0[index] > floors[index] }) {
        let multiplicity = order.multiplicity(line: line, index: index)
        // Powers of ky and -ky are added before they are weighted.
        let factor = Spectrum.multiplicity(order.wave(line: line, index: index).x, order.extents.x)
        (kept, lastLine) = (kept + multiplicity, line)
        for hypothesis in 0..<count {
          let variance = max(variances[hypothesis][index], floors[index])
          row[hypothesis * length + index] = Float(factor / (variance * pixels * pixels))
          logDeterminants[hypothesis] += multiplicity * log(variance)
        }
      }
    }
    self.logDeterminants = logDeterminants
    modeCount = Int(kept)
    lineCount = kept > 0 ? lastLine + 1 : 0
  }

  /// The size of a workspace in bytes.
  var workspaceBytes: Int { ModeTransform.Workspace.bytes(for: transform) + 4 * order.lineLength }

  /// The scratch memory of one thread.
  struct Workspace: ~Copyable {
    let transform: ModeTransform.Workspace
    let powers: AlignedBuffer<Float>

    init(for likelihood: PeriodicLikelihood) throws(AllocationError) {
      let transform = try ModeTransform.Workspace(for: likelihood.transform)
      let powers = try AlignedBuffer<Float>(count: likelihood.order.lineLength)
      self.transform = transform
      self.powers = powers
    }
  }

  /// The log-likelihood of each hypothesis.
  ///
  /// - Parameters:
  ///   - pixels: the pixels of a texture before its transform.
  ///   - workspace: a workspace of this likelihood.
  func logLikelihoods(of pixels: UnsafePointer<Float>, in workspace: borrowing Workspace) -> [Double] {
    var sums = [Double](repeating: 0, count: hypothesisCount)
    let (powers, length, rows) = (workspace.powers.pointer, order.lineLength, hypothesisCount)
    sums.withUnsafeMutableBufferPointer { sums in
      guard let sums = sums.baseAddress else { return }
      transform.transform(pixels, lines: lineCount, in: workspace.transform) { line, coefficients in
        if order.isFolded {
          gpgen_folded_powers(coefficients, order.extents.y, powers)
        } else {
          gpgen_powers(coefficients, length, powers)
        }
        gpgen_add_weighted_sums(powers, weights.pointer + line * rows * length, length, rows, sums)
      }
    }
    return zip(sums, logDeterminants).map { -0.5 * ($0 + $1) }
  }
}

/// Numbers that are constant once set.
private final class SharedWeights: @unchecked Sendable {
  // Sendable: written only in the initializer of the object that owns it.
  private let buffer: AlignedBuffer<Float>

  init(_ buffer: consuming AlignedBuffer<Float>) { self.buffer = buffer }

  var pointer: UnsafeMutablePointer<Float> { buffer.pointer }
}

extension PeriodicLikelihood {
  /// ln of the Bhattacharyya coefficient of each pair of hypotheses:
  /// -1/4 sum over all modes of ln( (v_i + v_j)² / (4 v_i v_j) ).
  func logBhattacharyyaCoefficients() -> [Double] {
    let (length, count) = (order.lineLength, hypothesisCount)
    let pairs = (0..<count).flatMap { i in (i + 1..<max(i + 1, count)).map { (i, $0) } }
    let threads = Lattice.threads
    return [Double](unsafeUninitializedCapacity: pairs.count) { buffer, initialized in
      guard let base = buffer.baseAddress else { return }
      let output = SharedOutput(base: base)
      onThreads(threads) { thread in
        for pair in stride(from: thread, to: pairs.count, by: threads) {
          let (i, j) = pairs[pair]
          var sum = 0.0
          for line in 0..<lineCount {
            let row = weights.pointer + line * count * length
            for index in 0..<length {
              // Weights are inverse variances, for which the ratio is the same.
              let (a, b) = (Double(row[i * length + index]), Double(row[j * length + index]))
              guard a > 0, b > 0, a != b else { continue }
              sum -= order.multiplicity(line: line, index: index) * log1p((a - b) * (a - b) / (4 * a * b))
            }
          }
          output.base[pair] = 0.25 * sum
        }
      }
      initialized = pairs.count
    }
  }
}
