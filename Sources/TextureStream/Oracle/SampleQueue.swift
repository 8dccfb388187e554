import Synchronization

/// Distributes the samples of a part to several threads, in ascending order.
final class SampleQueue: Sendable {
  private let state: Mutex<State>

  private struct State: Sendable {
    var row = 0
    var walk: Walk
  }

  private enum Walk: Sendable {
    case all(Range<Int>)
    case ascending(AscendingWalk)
    case searched(Range<Int>, @Sendable (Int) -> Bool)

    mutating func next() -> Int? {
      switch self {
      case .all(var rest):
        let sample = rest.popFirst()
        self = .all(rest)
        return sample
      case .ascending(var walk):
        let sample = walk.next()
        self = .ascending(walk)
        return sample
      case .searched(var rest, let isMember):
        defer { self = .searched(rest, isMember) }
        while let sample = rest.popFirst() {
          if isMember(sample) { return sample }
        }
        return nil
      }
    }
  }

  init(_ part: SamplePart) {
    let walk: Walk =
      switch part.members {
      case .all: .all(part.samples)
      case .computed(let index): .ascending(AscendingWalk(index, from: 0))
      case .searched(let isMember): .searched(part.samples, isMember)
      }
    state = Mutex(State(walk: walk))
  }

  /// The next samples, and the number of earlier ones; no samples at the end.
  func next(_ count: Int) -> (row: Int, samples: [Int]) {
    state.withLock { state in
      let row = state.row
      var samples: [Int] = []
      while samples.count < count, let sample = state.walk.next() { samples.append(sample) }
      state.row += samples.count
      return (row, samples)
    }
  }
}

extension Range<Int> {
  fileprivate mutating func popFirst() -> Int? {
    guard !isEmpty else { return nil }
    defer { self = lowerBound + 1..<upperBound }
    return lowerBound
  }
}
