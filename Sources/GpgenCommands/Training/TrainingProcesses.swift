import ArgumentParser
import Backdrop
import Cluster
import Foundation
import TextureDataset

#if MPI
  import MessagePassing
#endif

/// The processes of one training run, started by `mpirun` or `srun`.
struct TrainingProcesses {
  /// Nil for a single process.
  let group: TrainingGroup?
  /// The number of processes that share this machine's cores.
  let onThisMachine: Int

  /// Whether this process writes files and reports progress.
  var isFirst: Bool { group.map { $0.rank == 0 } ?? true }

  /// The default number of threads of each process: its share of the cores, or the cores that `mpirun` binds it to.
  var threads: Int {
    max(1, min(availableCores(), ProcessInfo.processInfo.activeProcessorCount / onThisMachine))
  }

  /// Joins the other processes, if a launcher has started several.
  ///
  /// - Throws: `ValidationError` if they cannot communicate.
  static func join(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Self {
    let launch: Launch?
    do { launch = try Launch(environment) } catch { throw ValidationError(error.message) }
    guard let launch else { return Self(group: nil, onThisMachine: 1) }
    #if MPI
      var (rank, count, local): (Int32, Int32, Int32) = (0, 0, 0)
      guard message_passing_begin(&rank, &count, &local) else {
        throw ValidationError(
          "This MPI library allows calls from the main thread only; use one built with thread support.")
      }
      guard count > 1 else {
        throw ValidationError(
          "\(launch), but MPI finds only this one: the launcher does not match the MPI library. Start with the mpirun of the "
            + "library that gpgen was built with, or with `srun --mpi=pmix`.")
      }
      return Self(
        group: TrainingGroup(rank: Int(rank), of: Int(count), MPICommunicator(count: Int(count))),
        onThisMachine: Int(local))
    #else
      throw ValidationError(
        "\(launch), and this gpgen was built without MPI: each would train the same network. Build it with "
          + "`swift build -c release --traits MPI`, or start one process.")
    #endif
  }

  /// The command that starts as many processes again, with a space after it; empty for a single process.
  var launcher: String { group.map { "mpirun -n \($0.count) " } ?? "" }

  /// Finalizes MPI; every process has to call it.
  func leave() {
    #if MPI
      if group != nil { message_passing_end() }
    #endif
  }

  /// Reports an error and aborts all processes. Returns if there is only one.
  func abort(because error: any Error, of command: any ParsableCommand.Type) {
    #if MPI
      guard let group else { return }
      // Training diverges in all processes at the same step: the first one reports it and aborts the others. If it has
      // another fate, this process reports after a while.
      if group.rank > 0, (error as? BackdropError)?.code == .diverged { sleep(60) }
      let process = group.rank == 0 ? "" : " in process \(group.rank) of \(group.count)"
      note("Error\(process): \(command.message(for: error))")
      message_passing_abort(command.exitCode(for: error).rawValue)
    #endif
  }
}

#if MPI
  /// The communicator of all processes that MPI has started.
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
            "the data that \(count) processes exchange exceeds the memory or MPI's limit of 2 GiB; use smaller batches")
      }
      defer { free(bytes) }
      let all = UnsafeRawBufferPointer(start: bytes, count: sizes.reduce(0, +))
      return [Element](all.bindMemory(to: Element.self))
    }
  }
#endif
