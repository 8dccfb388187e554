/// How many samples of a class are held out.
struct HeldOutCounts: Equatable, Sendable {
  var validation: Int
  var test: Int

  /// Of each class the floor or the ceiling of its fractions, of all classes the whole numbers nearest to the fractions of
  /// all samples. Which classes are rounded up is random: classes of the same size are equally likely.
  ///
  /// - Parameter sizes: the samples of each class.
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

  /// Of each class about the same number; classes that get one more test sample get one less for validation, so that
  /// together they are even.
  ///
  /// - Parameters:
  ///   - validation: samples of all classes.
  ///   - test: samples of all classes.
  static func counts(validation: Int, test: Int, classCount: Int) -> [HeldOutCounts] {
    func share(of count: Int, _ index: Int) -> Int { count / classCount + (index < count % classCount ? 1 : 0) }
    return (0..<classCount).map { index in
      let tests = share(of: test, index)
      return HeldOutCounts(validation: share(of: validation + test, index) - tests, test: tests)
    }
  }
}

/// A class's samples in validation, test and training parts (columns 0, 1 and 2) before rounding, in whole numbers, so that
/// decimal fractions such as 0.07 have no rounding errors.
private struct Shares {
  /// Units of one sample.
  static let unit = 1_000_000_000_000_000

  var whole = [0, 0, 0]
  /// Units beyond the whole samples; together a number of whole samples, ``roundedUpCount``.
  var rest = [0, 0, 0]

  init(of size: Int, validation: UInt64, test: UInt64) {
    for (column, fraction) in [validation, test].enumerated() {
      let share = UInt64(Self.unit).dividingFullWidth(UInt64(size).multipliedFullWidth(by: fraction))
      (whole[column], rest[column]) = (Int(share.quotient), Int(share.remainder))
    }
    rest[2] = (2 * Self.unit - rest[0] - rest[1]) % Self.unit
    whole[2] = size - whole[0] - whole[1] - roundedUpCount
  }

  /// How many of the columns are rounded up.
  var roundedUpCount: Int { rest.reduce(0, +) / Self.unit }
}

/// Rounds one class after the other such that columns come to their totals.
///
/// A rounding with these totals exists, since each is a floor or a ceiling too (controlled rounding; Cox 1987), and it
/// remains possible as long as no column has to be rounded up more often than classes are left for that.
private struct Rounding {
  /// How often each column is still to be rounded up.
  private var missing: [Int]
  /// The classes left that can be rounded up in each column.
  private var classesLeft: [Int]
  /// Units by which each column is behind its share.
  private var behind = [0, 0, 0]

  init(_ shares: [Shares]) {
    let rests = (0..<3).map { column in shares.reduce(0) { $0 + $1.rest[column] } }
    classesLeft = (0..<3).map { column in shares.count { $0.rest[column] > 0 } }
    let unit = Shares.unit
    let validation = (rests[0] + unit / 2) / unit
    // Two halves make a whole: one is rounded up, the other down.
    let isTie = rests[0] % unit == unit / 2 && rests[1] % unit == unit / 2
    let test = (rests[1] + (isTie ? 0 : unit / 2)) / unit
    missing = [validation, test, rests.reduce(0, +) / unit - validation - test]
  }

  /// The columns that the next class is rounded up in: those that are furthest behind.
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
