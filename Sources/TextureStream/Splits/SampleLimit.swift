import TextureDataset

/// Selects a given number of samples of a part: the first of each class.
///
/// The numbers per class differ by at most one, unless the part has too few samples of a class. The selection depends
/// only on the division into parts, and a smaller selection is a subset of a larger one.
public struct SampleLimit: Equatable, Sendable {
  /// The number of samples.
  public let count: Int
  /// Samples are selected from the start of this range of the whole dataset; nil for the source's samples.
  public let samples: Range<Int>?

  /// - Parameters:
  ///   - count: the number of samples, at least 1.
  ///   - samples: the range to select from, from its start; nil for the source's samples. A source that has
  ///     only some of them has only that part of the selection.
  public init(_ count: Int, of samples: Range<Int>? = nil) {
    self.count = count
    self.samples = samples
  }

  /// The number of selected samples of each class.
  ///
  /// - Parameter available: the number of available samples of each class.
  /// - Throws: ``StreamError`` with code `.invalidOptions` if there are too few altogether.
  /// - Complexity: O(classes · log samples).
  func shares(of available: [Int]) throws(StreamError) -> [Int] {
    let all = available.reduce(0, +)
    guard (1...max(1, all)).contains(count), all > 0 else {
      throw StreamError(
        .invalidOptions,
        "\(counted(count, "sample")) of a part: expected 1 to \(all), the number that it has")
    }
    func total(_ level: Int) -> Int { available.reduce(0) { $0 + min($1, level) } }
    // The highest level to which all classes can be filled; the next classes get one more each.
    let level = firstIndex(below: available.max() ?? 0) { total($0 + 1) > count }
    var rest = count - total(level)
    return available.map { available in
      guard available > level, rest > 0 else { return min(available, level) }
      rest -= 1
      return level + 1
    }
  }
}
