/// The numbers of held-out samples of a class.
struct HeldOutCounts: Equatable, Sendable {
  var validation: Int
  var test: Int

  /// For each class the floor or the ceiling of its fractions; over all classes the integers nearest to the fractions
  /// of all samples. Which classes are rounded up is random, with equal probability for classes of equal size.
  ///
  /// - Parameter sizes: the number of samples of each class.
  /// - Complexity: O(classes).
  static func fractions(validation: Double, test: Double, of sizes: [Int], seed: UInt64) -> [HeldOutCounts] {
    let validationUnits = UInt64((validation * Double(Shares.unit)).rounded())
    let testUnits = min(UInt64((test * Double(Shares.unit)).rounded()), UInt64(Shares.unit) - validationUnits)
    let shares = sizes.map { Shares(of: $0, validation: validationUnits, test: testUnits) }
    var counts = shares.map { HeldOutCounts(validation: $0.whole[0], test: $0.whole[1]) }
    var rounding = Rounding(shares)
    let order = KeyedPermutation(count: sizes.count, key: seed, epoch: 0)
    for place in sizes.indices {
      let index = order[place]
      for column in rounding.roundedUp(shares[index]) {
        if column == 0 { counts[index].validation += 1 }
        if column == 1 { counts[index].test += 1 }
      }
    }
    return counts
  }

  /// About the same number for each class. Classes that get one more test sample get one validation sample less, so
  /// that the sums are even.
  ///
  /// - Parameters:
  ///   - validation: the number of validation samples over all classes.
  ///   - test: the number of test samples over all classes.
  static func counts(validation: Int, test: Int, classCount: Int) -> [HeldOutCounts] {
    func share(of count: Int, _ index: Int) -> Int { count / classCount + (index < count % classCount ? 1 : 0) }
    return (0..<classCount).map { index in
      let tests = share(of: test, index)
      return HeldOutCounts(validation: share(of: validation + test, index) - tests, test: tests)
    }
  }
}

/// A class's numbers of validation, test and training samples (columns 0, 1 and 2) before rounding, as integers, so
/// that decimal fractions such as 0.07 have no rounding errors.
private struct Shares {
  /// The number of units per sample.
  static let unit = 1_000_000_000_000_000

  var whole = [0, 0, 0]
  /// The units beyond whole samples; their sum is a whole number of samples, ``roundedUpCount``.
  var rest = [0, 0, 0]

  init(of size: Int, validation: UInt64, test: UInt64) {
    for (column, fraction) in [validation, test].enumerated() {
      let share = UInt64(Self.unit).dividingFullWidth(UInt64(size).multipliedFullWidth(by: fraction))
      (whole[column], rest[column]) = (Int(share.quotient), Int(share.remainder))
    }
    rest[2] = (2 * Self.unit - rest[0] - rest[1]) % Self.unit
    whole[2] = size - whole[0] - whole[1] - roundedUpCount
  }

  /// The number of columns to round up.
  var roundedUpCount: Int { rest.reduce(0, +) / Self.unit }
}

/// Rounds one class after the other so that the columns reach their totals.
///
/// A rounding with these totals exists, since each total is also a floor or a ceiling (controlled rounding; Cox 1987).
/// It remains possible as long as no column must be rounded up more often than there are classes left for it.
private struct Rounding {
  /// How often each column must still be rounded up.
  private var missing: [Int]
  /// The number of classes left that can be rounded up in each column.
  private var classesLeft: [Int]
  /// The number of units by which each column lags behind its share.
  private var behind = [0, 0, 0]

  init(_ shares: [Shares]) {
    let rests = (0..<3).map { column in shares.reduce(0) { $0 + $1.rest[column] } }
    classesLeft = (0..<3).map { column in shares.count { $0.rest[column] > 0 } }
    let unit = Shares.unit
    let validation = (rests[0] + unit / 2) / unit
    // Two halves: one is rounded up, the other down.
    let isTie = rests[0] % unit == unit / 2 && rests[1] % unit == unit / 2
    let test = (rests[1] + (isTie ? 0 : unit / 2)) / unit
    missing = [validation, test, rests.reduce(0, +) / unit - validation - test]
  }

  /// The columns in which the next class is rounded up: those that lag furthest behind.
  mutating func roundedUp(_ shares: Shares) -> [Int] {
    let columns = (0..<3).filter { shares.rest[$0] > 0 }
    for column in columns { behind[column] += shares.rest[column] }
    func priority(_ column: Int) -> Int {
      missing[column] == 0 ? .min : missing[column] == classesLeft[column] ? .max : behind[column]
    }
    let chosen = columns.sorted { priority($0) != priority($1) ? priority($0) > priority($1) : $0 < $1 }
      .prefix(shares.roundedUpCount)
    for column in columns { classesLeft[column] -= 1 }
    for column in chosen {
      missing[column] -= 1
      behind[column] -= Shares.unit
    }
    return Array(chosen)
  }
}
