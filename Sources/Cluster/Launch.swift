/// Several processes that one launcher has started together, from the environment that it sets.
public struct Launch: CustomStringConvertible, Equatable, Sendable {
  /// The number of processes, at least 2.
  public let count: Int
  /// The variable that holds it.
  public let variable: String

  /// "4 processes were started (OMPI_COMM_WORLD_SIZE=4)".
  public var description: String { "\(count) processes were started (\(variable)=\(count))" }

  /// `srun` sets this variable in the steps of a job only: a script of `sbatch` is one process, whatever number of tasks the
  /// job has.
  static let srunVariable = "SLURM_STEP_NUM_TASKS"

  /// Nil if this process was started alone.
  ///
  /// - Parameter environment: variables by name.
  /// - Throws: ``ClusterError`` with code `.unknownTask` if a variable holds no number.
  public init?(_ environment: [String: String]) throws(ClusterError) { try self.init(Variables(environment)) }

  init?(_ variables: Variables) throws(ClusterError) {
    for variable in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", Self.srunVariable] {
      guard let count = try variables.number(variable) else { continue }
      guard count > 1 else { return nil }
      (self.count, self.variable) = (count, variable)
      return
    }
    return nil
  }
}
