import TextureDataset

/// A choice of so many samples of a part: the first ones of each class.
///
/// The classes' numbers differ by at most one, unless the part has too few samples of a class. The choice depends on the
/// division into parts alone, and the samples of a smaller number are among those of a larger one.
public struct SampleLimit: Equatable, Sendable {
  /// How many samples.
  public let count: Int
  /// The samples, as indices in the whole dataset, whose first ones are chosen; nil for those of the source.
  public let samples: Range<Int>?

  /// - Parameters:
  ///   - count: how many samples, at least 1.
  ///   - samples: whose first ones are chosen; nil for those of the source. A source that has some of them only has those of
  ///     the choice that are there.
  public init(_ count: Int, of samples: Range<Int>? = nil) {
    self.count = count
    self.samples = samples
  }

  /// How many samples of each class are chosen.
  ///
  /// - Parameter available: how many there are of each class.
  /// - Throws: ``StreamError`` with code `.invalidOptions` where there are too few in all.
  /// - Complexity: O(classes · log samples).
  func shares(of available: [Int]) throws(StreamError) -> [Int] {
    let all = available.reduce(0, +)
    guard (1...max(1, all)).contains(count), all > 0 else {
      throw StreamError(
        .invalidOptions,
        "\(counted(count, "sample")) of a part: expected at least 1, and at most the \(all) that it has")
    }
    func total(_ level: Int) -> Int { available.reduce(0) { $0 + min($1, level) } }
    // The highest level up to which all classes can be filled; the next classes get one more each.
    let level = firstIndex(below: available.max() ?? 0) { total($0 + 1) > count }
    var rest = count - total(level)
    return available.map { available in
      guard available > level, rest > 0 else { return min(available, level) }
      rest -= 1
      return level + 1
    }
  }
}
