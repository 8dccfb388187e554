import Synchronization

/// The exact likelihood of open textures, as Gaussian vectors of all their pixels.
///
/// Rounding is modelled as white noise, which also keeps the covariance matrices of smooth fields positive definite in
/// double precision.
final class WindowLikelihood: Sendable {
  /// The maximum number n of pixels: a factor takes 4 n² bytes and n³ / 3 operations.
  static let maximumPixels = 64 * 64

  private let factors: [CovarianceFactor]
  private let pixels: Int

  /// The ratio of the variance of the white noise that models rounding to the variance of rounding.
  private static let safety = 100.0

  /// - Parameters:
  ///   - model: the model of the textures, which have at most ``maximumPixels`` pixels.
  ///   - hypotheses: the hypotheses about a texture.
  ///   - precision: the precision of the pixels.
  /// - Throws: ``FieldError`` with code `.memory` or `.invalidCovariance`.
  init(_ model: FieldModel, _ hypotheses: [Hypothesis], precision: PixelPrecision) throws(FieldError) {
    let shape = model.shape
    precondition(shape.pixels <= Self.maximumPixels, "too many pixels")
    pixels = shape.pixels
    let places = Self.places(shape.extents)
    // In parallel: a factor takes as long as the textures of many batches.
    let factors = Mutex(
      (made: [CovarianceFactor?](repeating: nil, count: hypotheses.count), failure: FieldError?.none))
    let threads = min(Lattice.threads, hypotheses.count)
    onThreads(threads) { thread in
      for index in stride(from: thread, to: hypotheses.count, by: threads) {
        guard factors.withLock({ $0.failure == nil }) else { return }
        let hypothesis = hypotheses[index]
        let rounding = precision.roundingVariance(
          ofVariance: model.variance(choices: hypothesis.choices), model.transform)
        let lags = LagTable(
          shape, LagCovariance(model, hypothesis.covariances, rounding: Self.safety * rounding))
        do throws(FieldError) {
          let factor = try CovarianceFactor(count: shape.pixels) { row, column in
            lags.value(places[row], places[column])
          }
          factors.withLock { $0.made[index] = factor }
        } catch {
          factors.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    if let error = factors.withLock({ $0.failure }) { throw error }
    self.factors = factors.withLock { $0.made.compactMap { $0 } }
  }

  private static func places(_ extents: [Int]) -> [SIMD4<Int>] {
    let padded = Array(repeating: 1, count: 3 - extents.count) + extents
    return (0..<padded[0]).flatMap { z in
      (0..<padded[1]).flatMap { y in (0..<padded[2]).map { SIMD4(z, y, $0, 0) } }
    }
  }

  /// The covariance as a function of lag.
  private struct LagTable {
    private let strides: SIMD4<Int>
    private let origin: Int
    private let values: [Double]

    init(_ shape: FieldShape, _ covariance: LagCovariance) {
      let extents = Array(repeating: 1, count: 3 - shape.dimensions) + shape.extents
      let counts = extents.map { 2 * $0 - 1 }
      let (strides, reach) = (
        SIMD4(counts[1] * counts[2], counts[2], 1, 0), SIMD4(extents[0] - 1, extents[1] - 1, extents[2] - 1, 0)
      )
      self.strides = strides
      origin = (strides &* reach).wrappedSum()
      var values: [Double] = []
      values.reserveCapacity(counts.reduce(1, *))
      for z in 0..<counts[0] {
        for y in 0..<counts[1] {
          for x in 0..<counts[2] {
            values.append(covariance.value([z - reach[0], y - reach[1], x - reach[2]].suffix(shape.dimensions)))
          }
        }
      }
      self.values = values
    }

    func value(_ a: SIMD4<Int>, _ b: SIMD4<Int>) -> Double { values[origin + (strides &* (a &- b)).wrappedSum()] }
  }

  /// The log-likelihoods of up to eight textures.
  ///
  /// - Parameters:
  ///   - textures: shape (count, pixels), before their transform.
  ///   - count: the number of textures, at most 8.
  /// - Returns: shape (texture, hypothesis).
  /// - Throws: ``FieldError`` with code `.memory`.
  func logLikelihoods(of textures: UnsafePointer<Float>, count: Int) throws(FieldError) -> [[Double]] {
    let vectors: AlignedBuffer<Double>
    do throws(AllocationError) { vectors = try AlignedBuffer(count: 8 * pixels) } catch {
      throw FieldError(.memory, error.message)
    }
    var logLikelihoods = [[Double]](repeating: [], count: count)
    for factor in factors {
      for k in 0..<count * pixels { vectors.pointer[k] = Double(textures[k]) }
      for (texture, value) in factor.logLikelihoods(ofEight: vectors.pointer).prefix(count).enumerated() {
        logLikelihoods[texture].append(value)
      }
    }
    return logLikelihoods
  }
}
