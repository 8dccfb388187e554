extension ClassCovariance {
  /// The header of the CSV.
  private static let header = "class,kind,x,measured,expected,low,high\n"

  /// CSV of all classes: the class's name, `covariance` or `spectrum`, the lag in pixels or the wave number in radians
  /// per pixel, the measured value, that of the model, and the ends of the 95% band.
  public static func csv(_ classes: [ClassCovariance]) -> String {
    classes.reduce(into: header) { text, entry in
      for (kind, points) in [("covariance", entry.covariance), ("spectrum", entry.spectrum)] {
        for point in points {
          let numbers = [point.position, point.measured, point.expected, point.low, point.high]
          text += "\(field(entry.name)),\(kind),\(numbers.map { "\($0)" }.joined(separator: ","))\n"
        }
      }
    }
  }

  /// Replaces a file with ``csv(_:)`` atomically. Blocks while it writes.
  ///
  /// - Throws: ``DatasetError`` with code `.diskFull` or `.fileSystem`.
  public static func writeCSV(_ classes: [ClassCovariance], to path: String) throws(DatasetError) {
    try replaceFile(path, with: Array(csv(classes).utf8))
  }

  /// A field, quoted if it contains a comma. Class names contain no quotes.
  private static func field(_ name: String) -> String { name.contains(",") ? "\"\(name)\"" : name }
}
