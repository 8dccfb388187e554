/// The parts of one dataset, computed without a search.
public struct DatasetSplit: Sendable {
  /// The number of samples that are divided.
  public let samples: Int
  let classes: [ClassSplit]

  /// - Parameters:
  ///   - rule: the division; its version is ignored, since this is ``SplitVersion/exact``.
  ///   - samples: the number of samples in the whole dataset, used if the rule has no number; below 2³².
  ///   - classCount: sample i is of class i mod `classCount`.
  /// - Throws: ``StreamError`` with code `.invalidOptions` if more samples are to be held out than there are.
  /// - Complexity: O(classes).
  public init(_ rule: SplitRule, samples: Int, classCount: Int) throws(StreamError) {
    let samples = rule.samples ?? samples
    self.samples = samples
    let sizes = (0..<classCount).map { Self.position(of: samples, class: $0, classCount) }
    switch rule.size {
    case .fractions(let validation, let test):
      let counts = HeldOutCounts.fractions(validation: validation, test: test, of: sizes, seed: rule.seed)
      classes = counts.indices.map { index in
        func words(_ level: UInt32) -> SplitWords { SplitWords(seed: rule.seed, classIndex: index, level: level) }
        let heldOut = counts[index].validation + counts[index].test
        return .drawn(
          heldOut: StratifiedSubset(heldOut, of: sizes[index], words: words(2)),
          tests: StratifiedSubset(counts[index].test, of: heldOut, words: words(3)))
      }
    case .counts(let validation, let test):
      let (all, overflows) = validation.addingReportingOverflow(test)
      guard !overflows, all <= samples else {
        throw StreamError(
          .invalidOptions,
          "\(validation) validation and \(test) test samples: expected at most \(samples) together, the dataset's number"
        )
      }
      classes = HeldOutCounts.counts(validation: validation, test: test, classCount: classCount).map {
        .leading(test: $0.test, validation: $0.validation)
      }
    }
  }

  /// The part of one of the samples.
  ///
  /// - Complexity: O(1).
  public func split(ofSample sample: Int) -> Split {
    precondition((0..<samples).contains(sample), "the sample is one of the divided ones")
    let (position, index) = sample.quotientAndRemainder(dividingBy: classes.count)
    return classes[index].split(at: position)
  }

  /// The number of samples in a part.
  ///
  /// - Complexity: O(classes).
  public func count(of split: Split) -> Int { count(of: split, before: samples) }

  /// The number of samples of a part before a sample.
  func count(of split: Split, before sample: Int) -> Int {
    classes.indices.reduce(0) { $0 + count(of: split, class: $1, before: sample) }
  }

  /// The same for one class.
  func count(of split: Split, class index: Int, before sample: Int) -> Int {
    classes[index].count(of: split, before: Self.position(of: sample, class: index, classes.count))
  }

  /// The ranks in a part, counted in each class, of the samples in a range.
  func ranks(of split: Split, class index: Int, in range: Range<Int>) -> Range<Int> {
    count(
      of: split, class: index, before: range.lowerBound)..<count(
        of: split, class: index, before: range.upperBound)
  }

  /// The number of samples of a class before a sample.
  private static func position(of sample: Int, class index: Int, _ classCount: Int) -> Int {
    (sample + classCount - 1 - index) / classCount
  }
}
