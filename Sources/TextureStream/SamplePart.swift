/// The samples in each epoch of a stream.
struct SamplePart: Sendable {
  /// The range of the source's samples.
  let samples: Range<Int>
  /// The number of samples in the part.
  let count: Int
  let members: Members

  enum Members: Sendable {
    case all
    case computed(PartIndex)
    /// For ``SplitVersion/circle``: found by testing each sample.
    case searched(@Sendable (Int) -> Bool)
  }

  /// - Parameters:
  ///   - split: the part; nil for all samples.
  ///   - rule: the division into parts.
  ///   - limit: selects some of the part's samples; nil for all.
  ///   - source: the source of the samples.
  /// - Throws: ``StreamError`` with code `.invalidOptions`.
  init(
    _ split: Split?, _ rule: SplitRule?, limit: SampleLimit? = nil, of source: SampleSource
  ) throws(StreamError) {
    samples = source.samples
    let classCount = source.recipe.classCount
    if let split, let rule, rule.version == .circle, case .fractions(let validation, let test) = rule.size {
      let circle = CircleSplit(validation: validation, test: test, seed: rule.seed, classCount: classCount)
      let isMember = try Self.limited(
        limit, of: limit?.samples ?? samples, classCount: classCount
      ) { circle.split(ofSample: $0) == split }
      members = .searched(isMember)
      count = samples.count(where: isMember)
      return
    }
    guard split != nil && rule != nil || limit != nil else {
      (members, count) = (.all, samples.count)
      return
    }
    // If nothing is held out, all samples belong to the training part.
    let whole = try SplitRule(.counts(validation: 0, test: 0))
    let divided = try DatasetSplit(
      split == nil ? whole : rule ?? whole, samples: source.recipe.samples, classCount: classCount)
    let index = try PartIndex(split ?? .train, of: divided, in: samples, limit: limit)
    (members, count) = (.computed(index), index.count)
  }

  /// Restricts samples that are found by testing each to those that a limit selects.
  private static func limited(
    _ limit: SampleLimit?, of samples: Range<Int>, classCount: Int, _ isMember: @escaping @Sendable (Int) -> Bool
  ) throws(StreamError) -> @Sendable (Int) -> Bool {
    guard let limit else { return isMember }
    var available = Array(repeating: 0, count: classCount)
    for sample in samples where isMember(sample) { available[sample % classCount] += 1 }
    var rest = try limit.shares(of: available)
    // For each class, the end of the selected samples.
    var ends = Array(repeating: samples.lowerBound, count: classCount)
    for sample in samples where rest[sample % classCount] > 0 && isMember(sample) {
      rest[sample % classCount] -= 1
      ends[sample % classCount] = sample + 1
    }
    let (first, last) = (samples.lowerBound, ends)
    return { sample in sample >= first && sample < last[sample % classCount] && isMember(sample) }
  }
}

extension SampleSource {
  /// The number of samples in a part.
  ///
  /// - Throws: ``StreamError`` with code `.invalidOptions`.
  /// - Complexity: O(classes); O(samples) for ``SplitVersion/circle``.
  public func count(of split: Split, by rule: SplitRule) throws(StreamError) -> Int {
    try SamplePart(split, rule, of: self).count
  }
}
