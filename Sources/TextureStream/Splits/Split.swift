/// The parts of a dataset.
public enum Split: String, CaseIterable, Codable, Sendable {
  /// For training: all samples that are not held out.
  case train
  /// For choosing among models.
  case validation
  /// For the final evaluation.
  case test
}

/// The method of assigning samples to parts. A run keeps the version with which it began.
public enum SplitVersion: Int, Codable, Sendable {
  /// By the sample's index alone; the fractions are met to within a few samples of each class.
  case circle = 1
  /// For the dataset's current size; each class has the floor or the ceiling of its fraction.
  case exact = 2
}
