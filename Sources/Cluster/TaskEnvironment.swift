/// Which task of how many a process is, as the environment says where a scheduler or a launcher started it.
///
/// They are asked in this order, and the first that is there decides: a Slurm array, MPI (Open MPI's variables, then those of
/// PMI), the tasks of `srun`, a Kubernetes indexed job.
///
/// - Source: the manual pages of Slurm's sbatch and srun ("OUTPUT ENVIRONMENT VARIABLES"), of Open MPI's mpirun, and the
///   documentation of Kubernetes' Jobs ("Completion mode").
public struct TaskEnvironment: Equatable, Sendable {
  /// Which task, from 0.
  public let index: Int
  /// How many tasks there are.
  public let count: Int
  /// Where both come from: "the Slurm array (SLURM_ARRAY_TASK_ID=3)".
  public let source: String

  /// What was taken, in one line: "task 3 of 8, from the Slurm array (SLURM_ARRAY_TASK_ID=3)".
  public var text: String { "task \(index) of \(count), from \(source)" }

  /// Reads a task's place from environment variables.
  ///
  /// - Parameters:
  ///   - environment: the variables by their names.
  ///   - count: the number of tasks that the user gives; it stands before what the environment says of it.
  /// - Throws: ``ClusterError`` with code `.unknownTask`, naming the variables that were found and what to do.
  public init(_ environment: [String: String], count: Int? = nil) throws(ClusterError) {
    let variables = Variables(environment)
    var found = try Self.slurmArray(variables, count)
    if found == nil { found = try Self.openMPI(variables, count) }
    if found == nil { found = try Self.pmi(variables, count) }
    if found == nil { found = try Self.srun(variables, count) }
    if found == nil { found = try Self.kubernetes(variables, count) }
    guard let found else {
      throw ClusterError(
        .unknownTask,
        "--array: the environment names no task; expected SLURM_ARRAY_TASK_ID (sbatch --array), OMPI_COMM_WORLD_RANK or "
          + "PMI_RANK (mpirun), SLURM_PROCID (srun) or JOB_COMPLETION_INDEX (a Kubernetes indexed job); "
          + "elsewhere give --task-index and --task-count")
    }
    guard found.index < found.count else {
      throw ClusterError(
        .unknownTask,
        "\(found.source) is task \(found.index), and there are \(found.count): expected a task from 0 to \(found.count - 1); "
          + "start as many tasks as --task-count says, numbered from 0")
    }
    self = found
  }

  private init(index: Int, count: Int, source: String) {
    self.index = index
    self.count = count
    self.source = source
  }

  // MARK: - Schedulers and launchers

  /// An array's tasks count as ours do only where they are all of 0 to their number: one that was submitted for a few tasks
  /// that failed, or with another step, has the same variables and other numbers in them.
  private static func slurmArray(_ variables: Variables, _ given: Int?) throws(ClusterError) -> TaskEnvironment? {
    let name = "SLURM_ARRAY_TASK_ID"
    guard let index = try variables.number(name) else { return nil }
    let source = "the Slurm array (\(name)=\(index))"
    for several in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"] {
      guard let size = try variables.number(several), size > 1 else { continue }
      throw ClusterError(
        .unknownTask,
        "\(name)=\(index) and \(several)=\(size): each task of the array starts several processes, which would all make the "
          + "same part; start one (--ntasks=1), or give --task-index and --task-count")
    }
    if let given { return TaskEnvironment(index: index, count: given, source: source) }
    let advice = "give the number of tasks that share the work with --task-count"
    let (first, step) = ("SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP")
    for (variable, expected) in [(first, 0), (step, 1)] {
      let found = try variables.number(variable)
      guard found == expected else {
        throw ClusterError(
          .unknownTask,
          "\(variable) is \(found.map(String.init) ?? "not set"), expected \(expected), as in --array=0-7: "
            + "the array's tasks are not numbered from 0 on; \(advice)")
      }
    }
    let (last, size) = ("SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_COUNT")
    guard let count = try variables.number(size) else {
      throw ClusterError(.unknownTask, "\(name)=\(index), and \(size) is not set; \(advice)")
    }
    if let maximum = try variables.number(last), maximum != count - 1 {
      throw ClusterError(
        .unknownTask,
        "\(last) is \(maximum), expected \(count - 1) with \(size)=\(count), as in --array=0-\(max(0, count - 1)): "
          + "the array leaves tasks out; \(advice)")
    }
    return TaskEnvironment(index: index, count: count, source: source)
  }

  private static func openMPI(_ variables: Variables, _ given: Int?) throws(ClusterError) -> TaskEnvironment? {
    try pair("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", of: "Open MPI", variables, given)
  }

  private static func pmi(_ variables: Variables, _ given: Int?) throws(ClusterError) -> TaskEnvironment? {
    try pair("PMI_RANK", "PMI_SIZE", of: "MPI", variables, given)
  }

  private static func srun(_ variables: Variables, _ given: Int?) throws(ClusterError) -> TaskEnvironment? {
    // A batch script is process 0 of as many as srun would start: it alone would make the first part, and nobody the rest.
    let isBatchScript = variables["ENVIRONMENT"] == "BATCH" && variables["SLURM_STEP_ID"] == nil
    if isBatchScript, given == nil, let count = try variables.number("SLURM_NTASKS"), count > 1 {
      throw ClusterError(
        .unknownTask,
        "SLURM_NTASKS=\(count), and the batch script itself runs gpgen, once; put srun before it, or submit an array")
    }
    return try pair("SLURM_PROCID", "SLURM_NTASKS", of: "srun", variables, given)
  }

  private static func kubernetes(_ variables: Variables, _ given: Int?) throws(ClusterError) -> TaskEnvironment? {
    let name = "JOB_COMPLETION_INDEX"
    guard let index = try variables.number(name) else { return nil }
    guard let given else {
      throw ClusterError(
        .unknownTask,
        "\(name)=\(index), and Kubernetes does not say of how many; give the job's `completions` with --task-count")
    }
    return TaskEnvironment(index: index, count: given, source: "the Kubernetes job (\(name)=\(index))")
  }

  /// A rank and the number of ranks, which a launcher sets together.
  private static func pair(
    _ rank: String, _ size: String, of launcher: String, _ variables: Variables, _ given: Int?
  ) throws(ClusterError) -> TaskEnvironment? {
    guard let index = try variables.number(rank) else { return nil }
    let count = if let given { given } else { try variables.number(size) }
    guard let count else {
      throw ClusterError(
        .unknownTask,
        "\(rank)=\(index), and \(size) is not set; give the number of tasks that share the work with --task-count")
    }
    return TaskEnvironment(index: index, count: count, source: "\(launcher) (\(rank)=\(index))")
  }
}

/// Environment variables that hold numbers.
private struct Variables {
  private let values: [String: String]

  init(_ values: [String: String]) { self.values = values }

  /// A variable's text; an empty one is not set.
  subscript(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// A variable's number; none where it is not set.
  func number(_ name: String) throws(ClusterError) -> Int? {
    guard let text = self[name] else { return nil }
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(text) else {
      throw ClusterError(
        .unknownTask,
        "\(name) is \"\(text)\", expected a whole number from 0; give --task-index and --task-count instead of --array")
    }
    return number
  }
}
