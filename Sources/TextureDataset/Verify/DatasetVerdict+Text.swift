extension DatasetVerdict {
  private static let maximumListLength = 20

  /// A readable report: the first 20 faults of each kind, then the verdict.
  public var text: String {
    var lines = Self.list(badFiles.map(Self.describe), of: "faults in files")
    lines += Self.list(badSamples.map(Self.describe), of: "bad samples")
    if let regenerated { lines.append(Self.describe(regenerated)) }
    lines += notes.map { "note: \($0)" }
    let holding = checked - badSamples.count { $0.problem != .pixels }
    let tested = "\(holding) of \(samples.map(String.init) ?? "an unknown number of") checksums match"
    if ok {
      lines.append("\(file): intact; \(counted(files, "file")), \(tested)")
    } else {
      let damaged = Set(badFiles.map(\.file)).count
      lines.append(
        "\(file): damaged: \(damaged) of \(counted(files, "file")), \(counted(badSamples.count, "bad sample")); \(tested). "
          + (unfinished ?? "`gpgen repair` restores damaged parts"))
    }
    return lines.joined(separator: "\n")
  }

  private static func list(_ lines: [String], of what: String) -> [String] {
    let more = lines.count - maximumListLength
    return lines.prefix(maximumListLength) + (more > 0 ? ["… and \(more) more, \(lines.count) \(what) in all"] : [])
  }

  private static func describe(_ bad: BadFile) -> String {
    "\(bad.problem.rawValue): \(bad.message)"
  }

  private static func describe(_ bad: BadSample) -> String {
    let what =
      switch bad.problem {
      case .checksum: "the pixels do not match their checksum"
      case .storedChecksum: "the checksum is damaged; the pixels match the one in the index"
      case .unreadable: "cannot be read from the disk"
      case .pixels: "the checksum matches, but the pixels are not the recipe's"
      }
    return "bad sample \(bad.sample) in shard \(bad.shard), \(bad.file): \(what)"
  }

  private static func describe(_ regenerated: Regenerated) -> String {
    var text =
      "regenerated: \(counted(regenerated.samples.count, "sample")), \(regenerated.identical) with the same bits"
    if regenerated.rounding > 0 {
      text += ", \(regenerated.rounding) that differ only in rounding (another processor or FFTW build made them)"
    }
    if regenerated.maximumDifference > 0 {
      text +=
        "; maximum difference \(significant(regenerated.maximumDifference)), "
        + "\(significant(regenerated.maximumRelativeDifference)) of the standard deviation"
    }
    return text
  }
}
