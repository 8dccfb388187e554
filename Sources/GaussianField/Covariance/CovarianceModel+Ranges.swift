extension CovarianceModel {
  /// Every combination of the ends of its ranges; only itself if it has none.
  package var corners: [CovarianceModel] {
    ranges.reduce([[:]]) { (combinations: [[String: Double]], name) in
      guard let bounds = parameters[name]?.bounds else { return combinations }
      return combinations.flatMap { values in
        [bounds.minimum, bounds.maximum].map { values.merging([name: $0]) { $1 } }
      }
    }.map(fixed)
  }

  /// The covariance at the middle of its ranges.
  package var middle: CovarianceModel {
    fixed(parameters.mapValues { $0.value(at: 0.5) })
  }

  /// The covariance of one sample, with a number drawn from every range.
  ///
  /// The ranges are in the order of their names. schemas/noise.md defines the numbers.
  ///
  /// - Parameters:
  ///   - seed: the key of the noise.
  ///   - sample: the sample's index, under 2³².
  ///   - scale: the scale's index.
  ///   - choice: the candidate's index among those of the scale.
  func drawn(seed: UInt64, sample: Int, scale: Int, choice: Int) -> CovarianceModel {
    var values: [String: Double] = [:]
    for (index, name) in ranges.enumerated() {
      let word = Philox4x32.block(
        counter: SIMD4(UInt32(index), UInt32(choice), NoisePurpose.label.word(scale: scale), UInt32(sample)), key: seed)
      // 53 bits, at the middle of their interval: strictly between 0 and 1.
      let bits = (UInt64(word.x) << 32 | UInt64(word.y)) >> 11
      values[name] = parameters[name]?.value(at: (Double(bits) + 0.5) * 0x1p-53)
    }
    return fixed(values)
  }
}

extension ParameterValue {
  /// The quantile of the parameter's distribution, rounded to single precision so that a file stores it exactly. A
  /// fixed number is returned unchanged.
  fileprivate func value(at fraction: Double) -> Double {
    fixed ?? Double(Float(value(atQuantile: fraction)))
  }
}

extension FieldModel {
  /// Whether parameters are drawn for each sample.
  public var hasRanges: Bool { scales.contains { $0.candidates.contains { !$0.ranges.isEmpty } } }

  /// The covariances of a sample, one for each scale, with a number drawn from every range.
  ///
  /// - Parameters:
  ///   - sample: the sample's index, under 2³².
  ///   - choices: for each scale, the index of its candidate.
  ///   - seed: the key of the noise.
  public func covariances(ofSample sample: Int, choices: [Int], seed: UInt64) -> [CovarianceModel] {
    zip(scales, choices).enumerated().map { index, pair in
      pair.0.candidates[pair.1].drawn(seed: seed, sample: sample, scale: index, choice: pair.1)
    }
  }
}
