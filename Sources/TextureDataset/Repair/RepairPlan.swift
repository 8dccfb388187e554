import Foundation

/// The repair of one file, planned: whatever can refuse it has been asked, and nothing has been written yet.
///
/// A repair first plans for all files of a dataset and then applies the plans, so that it either refuses and leaves every
/// file as it was, or goes through with all of them. The plans hold the locks of their files.
protocol RepairPlan {
  /// What it takes on the disk, in bytes.
  var neededBytes: Int { get }
  /// What it gives back when it is done, in bytes.
  var freedBytes: Int { get }

  /// Writes what is planned.
  func apply(_ summary: inout DatasetRepairer.Summary) throws(DatasetError)
}

extension RepairPlan {
  var freedBytes: Int { 0 }
}

/// The most that plans take on the disk at a time, in bytes, when they are applied one after the other.
func maximumBytes(of plans: [any RepairPlan]) -> Int {
  var (taken, maximum) = (0, 0)
  for plan in plans {
    taken += plan.neededBytes
    maximum = max(maximum, taken)
    taken -= plan.freedBytes
  }
  return maximum
}
