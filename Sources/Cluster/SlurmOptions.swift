/// What a user asks Slurm for, as the options of sbatch have it; what is not given has the cluster's default.
public struct SlurmOptions: Sendable {
  /// `--partition`.
  public var partition: String?
  /// `--time` of each task.
  public var time: String?
  /// `--cpus-per-task`.
  public var cpus: Int?
  /// `--mem` of each task.
  public var memory: String?
  /// How many tasks run at a time, at most.
  public var simultaneousTasks: Int?
  /// More options, each one word as sbatch takes it: `--account=physics`.
  public var more: [String]

  /// Nothing is asked for unless given.
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

  /// Options that the scripts set themselves, and what sets them.
  private static let own = [
    (
      names: ["--array", "-a"],
      instead: "the array has a task for each of --tasks; --at-once limits how many run at a time"
    ),
    (names: ["--dependency", "-d"], instead: "the second job waits for the first"),
    (names: ["--wrap", "--parsable"], instead: "the scripts are files"),
    (names: ["--ntasks", "-n"], instead: "each task of the array is one process"),
  ]

  /// - Throws: ``ClusterError`` with code `.invalidJob` for an option that sbatch could not take, or that the scripts set.
  func check() throws(ClusterError) {
    for word in more {
      guard word.hasPrefix("-"), word != "-", word != "--" else {
        throw ClusterError(
          .invalidJob, "\"\(word)\": expected an option of sbatch in one word, such as --account=physics")
      }
      for (names, instead) in Self.own where names.contains(where: { Self.isOption(word, named: $0) }) {
        throw ClusterError(.invalidJob, "\(word): is not for --sbatch: \(instead)")
      }
    }
  }

  /// Whether a word gives an option: `--array=1`, `-a1`.
  private static func isOption(_ word: String, named name: String) -> Bool {
    name.hasPrefix("--") ? word == name || word.hasPrefix(name + "=") : !word.hasPrefix("--") && word.hasPrefix(name)
  }
}
