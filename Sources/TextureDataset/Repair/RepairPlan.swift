import Foundation

/// The planned repair of one file: everything that could refuse it has been checked, and nothing has been written.
///
/// A repair first plans for all files of a dataset and then applies the plans, so it either refuses and changes
/// nothing, or repairs all files. The plans hold the locks of their files.
protocol RepairPlan {
  /// The disk space that it needs, in bytes.
  var neededBytes: Int { get }
  /// The disk space that it frees in the end, in bytes.
  var freedBytes: Int { get }

  /// Performs the repair.
  func apply(_ summary: inout DatasetRepairer.Summary) throws(DatasetError)
}

extension RepairPlan {
  var freedBytes: Int { 0 }
}

/// The maximum disk space that plans need at any time, in bytes, when they are applied one after the other.
func maximumBytes(of plans: [any RepairPlan]) -> Int {
  var (taken, maximum) = (0, 0)
  for plan in plans {
    taken += plan.neededBytes
    maximum = max(maximum, taken)
    taken -= plan.freedBytes
  }
  return maximum
}
