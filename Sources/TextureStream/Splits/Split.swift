/// The parts of a dataset.
public enum Split: String, CaseIterable, Codable, Sendable {
  /// What the others leave.
  case train
  /// For choosing.
  case validation
  /// For the last word.
  case test
}

/// How samples are assigned to parts. Runs keep the version that they were begun with.
public enum SplitVersion: Int, Codable, Sendable {
  /// By the sample's index alone: the fractions hold to within a few samples of each class.
  case circle = 1
  /// For the dataset as it is: of each class the floor or the ceiling of the fraction.
  case exact = 2
}
