/// The samples of a part in a range of a dataset's samples, each found by a number from 0.
struct PartIndex: Sendable {
  private let divided: DatasetSplit
  private let split: Split
  let samples: Range<Int>
  /// Of each class, which of the part's samples these are, numbered from 0 in the whole dataset.
  private let ranks: [Range<Int>]
  /// How many samples of the part are in the range, of each class and those before it.
  private let ends: [Int]

  /// - Parameters:
  ///   - split: the part.
  ///   - divided: the dataset.
  ///   - range: of the dataset's samples.
  ///   - limit: chooses some of the part's samples; all if not given.
  /// - Throws: ``StreamError`` with code `.invalidOptions` where the limit is more than there are.
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
      // A walk would look for samples up to the end.
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

  /// The sample of a number, in no order that matters: class by class.
  ///
  /// - Complexity: O(log samples).
  subscript(number: Int) -> Int {
    let index = firstIndex(below: classCount) { ends[$0] > number }
    let rank = ranks[index].lowerBound + number - (index > 0 ? ends[index - 1] : 0)
    return sample(class: index, rank: rank)
  }

  /// The sample before which there are so many of the part.
  ///
  /// - Complexity: O(classes · log samples).
  func sample(after count: Int) -> Int {
    samples.lowerBound
      + firstIndex(below: samples.count) { self.count(before: samples.lowerBound + $0 + 1) > count }
  }

  /// How many of the samples are before one of the dataset's.
  private func count(before sample: Int) -> Int {
    ranks.indices.reduce(0) { $0 + ranks(in: 0..<sample, class: $1).count }
  }

  /// The samples of the part in a range, ascending.
  func samples(in range: Range<Int>) -> [Int] {
    divided.classes.indices.flatMap { index in
      ranks(in: range, class: index).map { sample(class: index, rank: $0) }
    }.sorted()
  }

  /// Which of a class's samples are in a range.
  private func ranks(in range: Range<Int>, class index: Int) -> Range<Int> {
    divided.ranks(of: split, class: index, in: range).clamped(to: ranks[index])
  }

  private func sample(class index: Int, rank: Int) -> Int {
    divided.classes[index].position(of: split, at: rank) * classCount + index
  }
}

/// A walk through a part's samples, ascending, some thousand at a time.
struct AscendingWalk: Sendable {
  private let part: PartIndex
  private let width: Int
  private var start: Int
  private var samples: ArraySlice<Int> = []

  /// - Parameter count: how many of the part's samples are passed over.
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
