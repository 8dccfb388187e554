/// The parts of one class, whose samples are numbered 0 ..< n in dataset order.
enum ClassSplit: Sendable {
  /// Some samples are held out; some of these are the test set, the others the validation set.
  case drawn(heldOut: StratifiedSubset, tests: StratifiedSubset)
  /// The first samples are the test set, the next the validation set.
  case leading(test: Int, validation: Int)

  /// The part of a sample.
  func split(at position: Int) -> Split {
    switch self {
    case .drawn(let heldOut, let tests):
      guard heldOut.contains(position) else { return .train }
      return tests.contains(heldOut.rank(below: position)) ? .test : .validation
    case .leading(let test, let validation):
      return position < test ? .test : position < test + validation ? .validation : .train
    }
  }

  /// The number of samples of a part before a position.
  func count(of split: Split, before position: Int) -> Int {
    let (held, tests) =
      switch self {
      case .drawn(let heldOut, let subset):
        (heldOut.rank(below: position), subset.rank(below: heldOut.rank(below: position)))
      case .leading(let test, let validation): (min(position, test + validation), min(position, test))
      }
    return switch split {
    case .train: position - held
    case .validation: held - tests
    case .test: tests
    }
  }

  /// The position of the sample with the given rank in a part.
  func position(of split: Split, at rank: Int) -> Int {
    switch self {
    case .drawn(let heldOut, let tests):
      switch split {
      case .train: heldOut.other(at: rank)
      case .validation: heldOut.member(at: tests.other(at: rank))
      case .test: heldOut.member(at: tests.member(at: rank))
      }
    case .leading(let test, let validation):
      switch split {
      case .train: test + validation + rank
      case .validation: test + rank
      case .test: rank
      }
    }
  }
}
