import ArgumentParser
import Backdrop
import Foundation
import TextureDataset

#if MPI
  import MessagePassing
#endif

/// The processes of a training that `mpirun` or `srun` has started.
struct TrainingProcesses {
  /// Nil for a training by one process.
  let group: TrainingGroup?
  /// How many of the processes share this machine's cores.
  let onThisMachine: Int

  /// Whether this process writes and reports.
  var isFirst: Bool { group.map { $0.rank == 0 } ?? true }

  /// The threads of each process unless others are asked for: its part of the cores. `mpirun` binds processes to cores, and
  /// then the cores that it leaves this process are its part.
  var threads: Int {
    max(1, min(availableCores(), ProcessInfo.processInfo.activeProcessorCount / onThisMachine))
  }

  /// Meets the other processes, if a launcher has started several.
  ///
  /// - Throws: `ValidationError` where it has, and they cannot meet.
  static func meet(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Self {
    guard let launch = Launch(environment) else { return Self(group: nil, onThisMachine: 1) }
    #if MPI
      var (rank, count, local): (Int32, Int32, Int32) = (0, 0, 0)
      guard message_passing_begin(&rank, &count, &local) else {
        throw ValidationError("This MPI allows calls from the main thread only; take one that is built with threads.")
      }
      guard count > 1 else {
        throw ValidationError(
          "\(launch), and MPI knows of this one alone: the launcher and the MPI library do not belong together. Start with "
            + "the mpirun of the library that gpgen was built with, or with `srun --mpi=pmix`.")
      }
      return Self(
        group: TrainingGroup(rank: Int(rank), of: Int(count), MPICommunicator(count: Int(count))),
        onThisMachine: Int(local))
    #else
      throw ValidationError(
        "\(launch), and this gpgen was built without MPI: they would all train the same. Build it with `swift build -c release "
          + "--traits MPI`, or start one process.")
    #endif
  }

  /// Leaves in order; all processes do.
  func leave() {
    #if MPI
      if group != nil { message_passing_end() }
    #endif
  }

  /// Says what went wrong, and ends all processes. Returns where there is only one.
  func end(because error: any Error, of command: any ParsableCommand.Type) {
    #if MPI
      guard let group else { return }
      // A training diverges in all processes at the same step: the first one says so, and ends the others.
      while group.rank > 0, (error as? BackdropError)?.code == .diverged { sleep(1) }
      let process = group.rank == 0 ? "" : " in process \(group.rank) of \(group.count)"
      note("Error\(process): \(command.message(for: error))")
      message_passing_abort(command.exitCode(for: error).rawValue)
    #endif
  }
}

/// What a launcher says of the processes that it has started: more than one.
struct Launch: CustomStringConvertible, Equatable {
  let count: Int
  /// The variable that says so.
  let variable: String

  var description: String { "\(count) processes were started (\(variable)=\(count))" }

  /// Nil where this process stands alone. `srun` sets its variable in the steps of a job only: a script of `sbatch` is one
  /// process, whatever number of tasks the job has.
  init?(_ environment: [String: String]) {
    for variable in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"] {
      guard let count = environment[variable].flatMap({ Int($0) }) else { continue }
      guard count > 1 else { return nil }
      (self.count, self.variable) = (count, variable)
      return
    }
    return nil
  }
}

#if MPI
  /// All processes that MPI has started.
  private struct MPICommunicator: Communicator {
    let count: Int

    func allGather(_ outputs: [Float], _ labels: [Int]) throws(BackdropError) -> (outputs: [Float], labels: [Int]) {
      (try gather(outputs), try gather(labels))
    }

    func allReduce(_ gradients: inout [Float]) throws(BackdropError) {
      gradients.withUnsafeMutableBufferPointer { message_passing_sum($0.baseAddress, $0.count) }
    }

    private func gather<Element>(_ part: [Element]) throws(BackdropError) -> [Element] {
      var sizes = [Int](repeating: 0, count: count)
      let bytes = part.withUnsafeBytes { message_passing_gather($0.baseAddress, $0.count, &sizes, Int32(count)) }
      guard let bytes else {
        throw BackdropError(
          communication:
            "\(count) processes have more to tell each other than there is memory for, or than the 2 GiB that MPI "
            + "takes; train on smaller batches")
      }
      defer { free(bytes) }
      let all = UnsafeRawBufferPointer(start: bytes, count: sizes.reduce(0, +))
      return [Element](all.bindMemory(to: Element.self))
    }
  }
#endif
