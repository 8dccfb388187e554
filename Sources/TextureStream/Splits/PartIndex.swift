/// The samples of a part in a range of a dataset's samples, each found by a number from 0.
struct PartIndex: Sendable {
  private let divided: DatasetSplit
  private let split: Split
  let samples: Range<Int>
  /// Of each class, how many samples of the part are before the range.
  private let firstRanks: [Int]
  /// How many samples of the part are in the range, of each class and those before it.
  private let ends: [Int]

  init(_ split: Split, of divided: DatasetSplit, in range: Range<Int>) {
    self.split = split
    self.divided = divided
    let samples = range.clamped(to: 0..<divided.samples)
    self.samples = samples
    firstRanks = divided.classes.indices.map { divided.count(of: split, class: $0, before: samples.lowerBound) }
    var (ends, end) = ([Int](), 0)
    for index in divided.classes.indices {
      end += divided.count(of: split, class: index, before: samples.upperBound) - firstRanks[index]
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
    let rank = firstRanks[index] + number - (index > 0 ? ends[index - 1] : 0)
    return sample(class: index, rank: rank)
  }

  /// The sample before which there are so many of the part.
  ///
  /// - Complexity: O(classes · log samples).
  func sample(after count: Int) -> Int {
    let before = divided.count(of: split, before: samples.lowerBound) + count
    return samples.lowerBound
      + firstIndex(below: samples.count) {
        divided.count(of: split, before: samples.lowerBound + $0 + 1) > before
      }
  }

  /// The samples of the part in a range, ascending.
  func samples(in range: Range<Int>) -> [Int] {
    divided.classes.indices.flatMap { index in
      let ranks =
        divided.count(
          of: split, class: index, before: range.lowerBound)..<divided.count(
          of: split, class: index, before: range.upperBound)
      return ranks.map { sample(class: index, rank: $0) }
    }.sorted()
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
