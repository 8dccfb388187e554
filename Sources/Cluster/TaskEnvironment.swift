/// This process's task and the number of tasks, from the environment that a scheduler or launcher sets.
///
/// The first source that is present decides: a Slurm array, MPI (Open MPI's variables, then PMI's), the tasks of `srun`, a
/// Kubernetes indexed job.
///
/// - Source: the manual pages of Slurm's sbatch and srun ("OUTPUT ENVIRONMENT VARIABLES"), of Open MPI's mpirun, and the
///   documentation of Kubernetes' Jobs ("Completion mode").
public struct TaskEnvironment: Equatable, Sendable {
  /// This task, from 0.
  public let index: Int
  /// The number of tasks.
  public let count: Int
  /// The source of both: "the Slurm array (SLURM_ARRAY_TASK_ID=3)".
  public let source: String

  /// One line for a log: "task 3 of 8, from the Slurm array (SLURM_ARRAY_TASK_ID=3)".
  public var text: String { "task \(index) of \(count), from \(source)" }

  /// Reads the task from environment variables.
  ///
  /// - Parameters:
  ///   - environment: the variables by name.
  ///   - count: the number of tasks that the user gives; it overrides the environment's.
  /// - Throws: ``ClusterError`` with code `.unknownTask`; the message names the variables found and what to do.
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
          + "elsewhere use --task-index and --task-count")
    }
    guard found.count > 0 else {
      throw ClusterError(.unknownTask, "\(found.source): found \(found.count) tasks, expected at least 1")
    }
    guard found.index < found.count else {
      throw ClusterError(
        .unknownTask,
        "\(found.source): found task \(found.index), expected a task from 0 to \(found.count - 1); "
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

  /// Without a given count, only an array of all tasks from 0 in steps of 1 is accepted: an array that resubmits some tasks
  /// sets the same variables.
  private static func slurmArray(_ variables: Variables, _ given: Int?) throws(ClusterError) -> TaskEnvironment? {
    let name = "SLURM_ARRAY_TASK_ID"
    guard let index = try variables.number(name) else { return nil }
    let source = "the Slurm array (\(name)=\(index))"
    if let launch = try Launch(variables) {
      throw ClusterError(
        .unknownTask,
        "\(name)=\(index) and \(launch.variable)=\(launch.count): each task of the array starts several processes, which would "
          + "all make the same part; start one (--ntasks=1), or use --task-index and --task-count")
    }
    if let given { return TaskEnvironment(index: index, count: given, source: source) }
    let advice = "pass the number of tasks that share the work with --task-count"
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
      throw ClusterError(.unknownTask, "\(name)=\(index), but \(size) is not set; \(advice)")
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
    // A batch script, and the shell of an interactive allocation, are one process, whatever number of tasks the job has.
    // Each would make the first part, and no process the others.
    let isBatchScript = variables["ENVIRONMENT"] == "BATCH" && variables["SLURM_STEP_ID"] == nil
    let isInteractive = try variables.number(Launch.srunVariable) == 1
    if isBatchScript || isInteractive, given == nil, let count = try variables.number("SLURM_NTASKS"), count > 1 {
      throw ClusterError(
        .unknownTask,
        "SLURM_NTASKS=\(count), but \(isInteractive ? "this step" : "the batch script") runs gpgen only once; put srun before "
          + "gpgen, or submit an array")
    }
    return try pair("SLURM_PROCID", "SLURM_NTASKS", of: "srun", variables, given)
  }

  private static func kubernetes(_ variables: Variables, _ given: Int?) throws(ClusterError) -> TaskEnvironment? {
    let name = "JOB_COMPLETION_INDEX"
    guard let index = try variables.number(name) else { return nil }
    guard let given else {
      throw ClusterError(
        .unknownTask,
        "\(name)=\(index), but Kubernetes does not set the number of tasks; pass the job's `completions` with --task-count"
      )
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
        "\(rank)=\(index), but \(size) is not set; pass the number of tasks that share the work with --task-count")
    }
    return TaskEnvironment(index: index, count: count, source: "\(launcher) (\(rank)=\(index))")
  }
}
