/// Options of sbatch; those that are not given have the cluster's defaults.
public struct SlurmOptions: Sendable {
  /// `--partition`.
  public var partition: String?
  /// `--time` of each task.
  public var time: String?
  /// `--cpus-per-task`.
  public var cpus: Int?
  /// `--mem` of each task.
  public var memory: String?
  /// The maximum number of tasks that run at a time.
  public var simultaneousTasks: Int?
  /// More options, each in one word: `--account=physics`.
  public var more: [String]

  /// All options default to the cluster's.
  public init(
    partition: String? = nil, time: String? = nil, cpus: Int? = nil, memory: String? = nil,
    simultaneousTasks: Int? = nil, more: [String] = []
  ) {
    self.partition = partition
    self.time = time
    self.cpus = cpus
    self.memory = memory
    self.simultaneousTasks = simultaneousTasks
    self.more = more
  }

  /// Options that the scripts set themselves, each with the reason.
  private static let own = [
    (
      names: ["--array", "-a"],
      instead: "the array has a task for each of --tasks; --at-once limits how many run at a time"
    ),
    (names: ["--dependency", "-d"], instead: "the second job waits for the first"),
    (names: ["--wrap", "--parsable"], instead: "the scripts are files"),
    (names: ["--ntasks", "-n"], instead: "each task of the array is one process"),
  ]

  /// - Throws: ``ClusterError`` with code `.invalidJob` for a word that is not an option, or an option that the scripts set.
  func check() throws(ClusterError) {
    for word in more {
      guard word.hasPrefix("-"), word != "-", word != "--" else {
        throw ClusterError(
          .invalidJob,
          "--sbatch: found \"\(word)\", expected an option of sbatch in one word, such as --account=physics")
      }
      for (names, instead) in Self.own where names.contains(where: { Self.isOption(word, named: $0) }) {
        throw ClusterError(.invalidJob, "--sbatch: \(word) cannot be set: \(instead)")
      }
    }
  }

  /// Whether a word gives an option: `--array=1`, `-a1`, or `--arr=1`, since sbatch takes abbreviations.
  private static func isOption(_ word: String, named name: String) -> Bool {
    guard name.hasPrefix("--") else { return !word.hasPrefix("--") && word.hasPrefix(name) }
    let long = word.prefix { $0 != "=" }
    // An abbreviation of fewer letters stands for several options, which sbatch itself refuses.
    return long.count >= "--ar".count && name.hasPrefix(long)
  }
}
