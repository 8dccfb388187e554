/// The parts of one dataset, computed: nothing is searched for.
public struct DatasetSplit: Sendable {
  /// Samples that are divided.
  public let samples: Int
  let classes: [ClassSplit]

  /// - Parameters:
  ///   - rule: how to divide; its version has no say, this is ``SplitVersion/exact``.
  ///   - samples: of the whole dataset, where the rule has no number; under 2³².
  ///   - classCount: sample i is of class i mod `classCount`.
  /// - Throws: ``StreamError`` with code `.invalidOptions` where more samples are to be held out than there are.
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
          "\(validation) validation and \(test) test samples: expected at most the dataset's \(samples) together")
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
    precondition((0..<samples).contains(sample), "the sample is one of those that are divided")
    let (position, index) = sample.quotientAndRemainder(dividingBy: classes.count)
    return classes[index].split(at: position)
  }

  /// How many samples a part has.
  ///
  /// - Complexity: O(classes).
  public func count(of split: Split) -> Int { count(of: split, before: samples) }

  /// How many samples of a part are before a sample.
  func count(of split: Split, before sample: Int) -> Int {
    classes.indices.reduce(0) { $0 + count(of: split, class: $1, before: sample) }
  }

  /// The same of one class.
  func count(of split: Split, class index: Int, before sample: Int) -> Int {
    classes[index].count(of: split, before: Self.position(of: sample, class: index, classes.count))
  }

  /// Which samples of a part, numbered from 0 in each class, are in a range of samples.
  func ranks(of split: Split, class index: Int, in range: Range<Int>) -> Range<Int> {
    count(
      of: split, class: index, before: range.lowerBound)..<count(
        of: split, class: index, before: range.upperBound)
  }

  /// How many samples of a class are before a sample.
  private static func position(of sample: Int, class index: Int, _ classCount: Int) -> Int {
    (sample + classCount - 1 - index) / classCount
  }
}
