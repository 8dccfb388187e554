/// The samples of a part in a range of a dataset's samples, numbered from 0.
struct PartIndex: Sendable {
  private let divided: DatasetSplit
  private let split: Split
  let samples: Range<Int>
  /// For each class, the ranks of these samples in the part of the whole dataset.
  private let ranks: [Range<Int>]
  /// The cumulative numbers of samples by class.
  private let ends: [Int]

  /// - Parameters:
  ///   - split: the part.
  ///   - divided: the division of the dataset.
  ///   - range: a range of the dataset's samples.
  ///   - limit: selects some of the part's samples; nil for all.
  /// - Throws: ``StreamError`` with code `.invalidOptions` if the limit exceeds the number of samples.
  init(
    _ split: Split, of divided: DatasetSplit, in range: Range<Int>, limit: SampleLimit? = nil
  ) throws(StreamError) {
    self.split = split
    self.divided = divided
    func ranks(_ range: Range<Int>) -> [Range<Int>] {
      let range = range.clamped(to: 0..<divided.samples)
      return divided.classes.indices.map { divided.ranks(of: split, class: $0, in: range) }
    }
    var (own, samples) = (ranks(range), range.clamped(to: 0..<divided.samples))
    if let limit {
      let all = ranks(limit.samples ?? range)
      let shares = try limit.shares(of: all.map(\.count))
      for index in own.indices {
        own[index] = own[index].clamped(to: all[index].lowerBound..<all[index].lowerBound + shares[index])
      }
      // End at the last selected sample, so that a walk does not search beyond it.
      let end = own.indices.filter { !own[$0].isEmpty }.map { index in
        divided.classes[index].position(of: split, at: own[index].upperBound - 1) * divided.classes.count + index + 1
      }
      samples = samples.lowerBound..<(end.max() ?? samples.lowerBound)
    }
    (self.ranks, self.samples) = (own, samples)
    var (ends, end) = ([Int](), 0)
    for ranks in own {
      end += ranks.count
      ends.append(end)
    }
    self.ends = ends
  }

  var classCount: Int { ends.count }
  var count: Int { ends.last ?? 0 }

  /// The sample of a number; the numbers go class by class, an order without meaning.
  ///
  /// - Complexity: O(log samples).
  subscript(number: Int) -> Int {
    let index = firstIndex(below: classCount) { ends[$0] > number }
    let rank = ranks[index].lowerBound + number - (index > 0 ? ends[index - 1] : 0)
    return sample(class: index, rank: rank)
  }

  /// The sample of the part with `count` samples of the part before it.
  ///
  /// - Complexity: O(classes · log samples).
  func sample(after count: Int) -> Int {
    samples.lowerBound
      + firstIndex(below: samples.count) { self.count(before: samples.lowerBound + $0 + 1) > count }
  }

  /// The number of samples in the index before a sample.
  private func count(before sample: Int) -> Int {
    ranks.indices.reduce(0) { $0 + ranks(in: 0..<sample, class: $1).count }
  }

  /// The samples of the part in a range, ascending.
  func samples(in range: Range<Int>) -> [Int] {
    divided.classes.indices.flatMap { index in
      ranks(in: range, class: index).map { sample(class: index, rank: $0) }
    }.sorted()
  }

  /// The ranks of a class's samples in a range.
  private func ranks(in range: Range<Int>, class index: Int) -> Range<Int> {
    divided.ranks(of: split, class: index, in: range).clamped(to: ranks[index])
  }

  private func sample(class index: Int, rank: Int) -> Int {
    divided.classes[index].position(of: split, at: rank) * classCount + index
  }
}

/// Iterates over a part's samples in ascending order, about a thousand at a time.
struct AscendingWalk: Sendable {
  private let part: PartIndex
  private let width: Int
  private var start: Int
  private var samples: ArraySlice<Int> = []

  /// - Parameter count: the number of the part's samples to skip.
  init(_ part: PartIndex, from count: Int) {
    self.part = part
    width = max(part.classCount, part.samples.count / max(1, part.count / 1024))
    start = count == 0 ? part.samples.lowerBound : part.sample(after: count)
  }

  mutating func next() -> Int? {
    while samples.isEmpty, start < part.samples.upperBound {
      let end = min(start + width, part.samples.upperBound)
      samples = part.samples(in: start..<end)[...]
      start = end
    }
    return samples.popFirst()
  }
}
