/// The samples that an epoch of a stream consists of.
struct SamplePart: Sendable {
  /// The source's samples.
  let samples: Range<Int>
  /// How many of them are of the part.
  let count: Int
  let members: Members

  enum Members: Sendable {
    case all
    case computed(PartIndex)
    /// Of ``SplitVersion/circle``: found by asking each sample.
    case searched(@Sendable (Int) -> Bool)
  }

  /// - Throws: ``StreamError`` with code `.invalidOptions`.
  init(_ split: Split?, _ rule: SplitRule?, of source: SampleSource) throws(StreamError) {
    samples = source.samples
    guard let split, let rule else {
      (members, count) = (.all, samples.count)
      return
    }
    let classCount = source.recipe.classCount
    if rule.version == .circle, case .fractions(let validation, let test) = rule.size {
      let circle = CircleSplit(validation: validation, test: test, seed: rule.seed, classCount: classCount)
      members = .searched { circle.split(ofSample: $0) == split }
      count = samples.count { circle.split(ofSample: $0) == split }
    } else {
      let divided = try DatasetSplit(rule, samples: source.recipe.samples, classCount: classCount)
      let index = PartIndex(split, of: divided, in: samples)
      (members, count) = (.computed(index), index.count)
    }
  }
}

extension SampleSource {
  /// How many of the samples are of a part.
  ///
  /// - Throws: ``StreamError`` with code `.invalidOptions`.
  /// - Complexity: O(classes); O(samples) for ``SplitVersion/circle``.
  public func count(of split: Split, by rule: SplitRule) throws(StreamError) -> Int {
    try SamplePart(split, rule, of: self).count
  }
}
