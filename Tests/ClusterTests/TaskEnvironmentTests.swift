import Testing

@testable import Cluster

@Suite struct TaskEnvironmentTests {
  /// A Slurm array of 8, in which this is task 3.
  private let array = [
    "SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_MAX": "7", "SLURM_ARRAY_TASK_STEP": "1",
    "SLURM_ARRAY_TASK_COUNT": "8",
  ]
  private let openMPI = ["OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "4"]
  private let pmi = ["PMI_RANK": "2", "PMI_SIZE": "5"]
  private let srun = ["SLURM_PROCID": "5", "SLURM_NTASKS": "6", "SLURM_STEP_ID": "0"]
  private let kubernetes = ["JOB_COMPLETION_INDEX": "6"]

  private func failure(_ environment: [String: String], count: Int? = nil) throws -> String {
    let error = try #require(throws: ClusterError.self) { _ = try TaskEnvironment(environment, count: count) }
    #expect(error.code == .unknownTask)
    return error.message
  }

  @Test func eachSourceIsRead() throws {
    let places = try [
      TaskEnvironment(array), TaskEnvironment(openMPI), TaskEnvironment(pmi), TaskEnvironment(srun),
      TaskEnvironment(kubernetes, count: 9),
    ]
    #expect(places.map(\.index) == [3, 1, 2, 5, 6])
    #expect(places.map(\.count) == [8, 4, 5, 6, 9])
    #expect(
      places.map(\.text) == [
        "task 3 of 8, from the Slurm array (SLURM_ARRAY_TASK_ID=3)",
        "task 1 of 4, from Open MPI (OMPI_COMM_WORLD_RANK=1)", "task 2 of 5, from MPI (PMI_RANK=2)",
        "task 5 of 6, from srun (SLURM_PROCID=5)", "task 6 of 9, from the Kubernetes job (JOB_COMPLETION_INDEX=6)",
      ])
  }

  @Test func firstSourceInTheOrderDecides() throws {
    var environment = kubernetes
    #expect(try TaskEnvironment(environment, count: 9).index == 6)
    environment.merge(srun) { $1 }
    #expect(try TaskEnvironment(environment, count: 9).index == 5)
    environment.merge(pmi) { $1 }
    #expect(try TaskEnvironment(environment, count: 9).index == 2)
    environment.merge(openMPI) { $1 }
    #expect(try TaskEnvironment(environment, count: 9).index == 1)
    // An array whose tasks run one process each, by a launcher or not.
    environment.merge(["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "1", "PMI_SIZE": "1"]) { $1 }
    environment.merge(array) { $1 }
    #expect(try TaskEnvironment(environment, count: 9) == TaskEnvironment(array, count: 9))
  }

  @Test func givenCountStandsBeforeTheEnvironment() throws {
    for environment in [array, openMPI, pmi, srun] {
      #expect(try TaskEnvironment(environment, count: 200).count == 200)
    }
    // A part of an array that is submitted again.
    let again = array.merging(["SLURM_ARRAY_TASK_MIN": "3", "SLURM_ARRAY_TASK_COUNT": "1"]) { $1 }
    #expect(try TaskEnvironment(again, count: 8) == TaskEnvironment(array))
  }

  @Test(arguments: [
    (["SLURM_ARRAY_TASK_MIN": "1"], "SLURM_ARRAY_TASK_MIN is 1, expected 0"),
    (["SLURM_ARRAY_TASK_STEP": "2"], "SLURM_ARRAY_TASK_STEP is 2, expected 1"),
    (["SLURM_ARRAY_TASK_MIN": ""], "SLURM_ARRAY_TASK_MIN is not set, expected 0"),
    (["SLURM_ARRAY_TASK_COUNT": ""], "SLURM_ARRAY_TASK_COUNT is not set"),
    // --array=0,1,7
    (["SLURM_ARRAY_TASK_COUNT": "3"], "SLURM_ARRAY_TASK_MAX is 7, expected 2 with SLURM_ARRAY_TASK_COUNT=3"),
  ])
  func arrayOfOtherNumbersAsksForTheCount(change: [String: String], message: String) throws {
    let found = try failure(array.merging(change) { $1 })
    #expect(found.contains(message))
    #expect(found.hasSuffix("pass the number of tasks that share the work with --task-count"))
  }

  @Test(arguments: ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"])
  func arrayOfSeveralProcessesEachIsRefused(variable: String) throws {
    let message = try failure(array.merging([variable: "4"]) { $1 }, count: 8)
    #expect(
      message.hasPrefix("SLURM_ARRAY_TASK_ID=3 and \(variable)=4: each task of the array starts several processes"))
  }

  @Test func batchScriptThatForgetsSrunIsRefused() throws {
    let script = ["SLURM_PROCID": "0", "SLURM_NTASKS": "4", "ENVIRONMENT": "BATCH"]
    #expect(
      try failure(script).hasPrefix("SLURM_NTASKS=4, but the batch script runs gpgen only once; put srun before gpgen"))
    let step = script.merging(["SLURM_STEP_ID": "0", "SLURM_PROCID": "3"]) { $1 }
    #expect(try TaskEnvironment(step).index == 3)
    #expect(try TaskEnvironment(script.merging(["SLURM_NTASKS": "1"]) { $1 }).count == 1)
    // The shell of `salloc -n 4` is a step of one process.
    let shell = srun.merging(["SLURM_PROCID": "0", "SLURM_NTASKS": "4", "SLURM_STEP_NUM_TASKS": "1"]) { $1 }
    #expect(try failure(shell).hasPrefix("SLURM_NTASKS=4, but this step runs gpgen only once; put srun before gpgen"))
    #expect(try TaskEnvironment(srun.merging(["SLURM_STEP_NUM_TASKS": "6"]) { $1 }).index == 5)
  }

  @Test func launchIsOfSeveralProcesses() throws {
    #expect(try Launch([:]) == nil)
    #expect(try Launch(["OMPI_COMM_WORLD_SIZE": "1", "PMI_SIZE": "4"]) == nil)
    #expect(
      try Launch(["PMI_SIZE": "4", "SLURM_STEP_NUM_TASKS": "2"])?.description == "4 processes were started (PMI_SIZE=4)"
    )
    #expect(try Launch(["SLURM_STEP_NUM_TASKS": "2"])?.variable == "SLURM_STEP_NUM_TASKS")
    #expect(throws: ClusterError.self) { _ = try Launch(["PMI_SIZE": "+4"]) }
  }

  @Test func missingSizeAsksForTheCount() throws {
    #expect(
      try failure(["OMPI_COMM_WORLD_RANK": "1"]).hasPrefix("OMPI_COMM_WORLD_RANK=1, but OMPI_COMM_WORLD_SIZE is not"))
    #expect(try failure(["PMI_RANK": "1"]).hasPrefix("PMI_RANK=1, but PMI_SIZE is not set"))
    #expect(try failure(["SLURM_PROCID": "1"]).hasPrefix("SLURM_PROCID=1, but SLURM_NTASKS is not set"))
    #expect(try failure(kubernetes).contains("pass the job's `completions` with --task-count"))
  }

  @Test func indexBeyondTheCountIsRefused() throws {
    #expect(
      try failure(kubernetes, count: 6).hasPrefix(
        "the Kubernetes job (JOB_COMPLETION_INDEX=6): found task 6, expected a task from 0 to 5"))
    #expect(try failure(array, count: 2).contains("expected a task from 0 to 1"))
    #expect(try failure(openMPI.merging(["OMPI_COMM_WORLD_SIZE": "0"]) { $1 }).contains("found 0 tasks"))
  }

  @Test(arguments: ["x", "-1", "+3", " 3", "3.0", "99999999999999999999"])
  func textThatIsNoNumberIsRefused(text: String) throws {
    #expect(
      try failure(array.merging(["SLURM_ARRAY_TASK_ID": text]) { $1 }).hasPrefix(
        "SLURM_ARRAY_TASK_ID is \"\(text)\", expected a whole number from 0"))
  }

  @Test func emptyEnvironmentNamesWhatWasExpected() throws {
    let message = try failure([:], count: 8)
    #expect(message.hasPrefix("--array: the environment names no task; expected SLURM_ARRAY_TASK_ID (sbatch --array)"))
    #expect(message.hasSuffix("elsewhere use --task-index and --task-count"))
    #expect(try failure(["SLURM_ARRAY_TASK_ID": ""]) == message)
  }
}
