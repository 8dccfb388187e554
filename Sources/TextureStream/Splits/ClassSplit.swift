/// The parts of one class, whose samples are numbered 0 ..< n in the order in which they are in the dataset.
enum ClassSplit: Sendable {
  /// Some samples are held out, and of these some are the test set.
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

  /// How many of the first samples are of a part.
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

  /// The sample of a part with so many of the part before it.
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
