import Foundation
import GaussianField
import Synchronization
import TextureDataset

/// Reads the structure of files in a child process first, and rejects a file that kills the child.
///
/// Files may come from strangers, and a damaged or hostile file can make the HDF5 library crash, loop or exhaust
/// memory. This way it happens to the child, not to this process. Whatever the child survives, valid or not, is left to
/// the caller. Files that this process has just written need no sandbox.
///
/// - Parameters:
///   - reading: what the command will do with the files.
///   - paths: shards, partial files, indices or folders, as the user named them.
///   - recipe: the dataset's recipe, if the user gave one.
///   - program: path of the gpgen program to run as the child; nil for the running one.
/// - Throws: ``SandboxError``, which names the file.
package func readInSandbox(
  _ reading: SandboxedReading, _ paths: [String], recipe: Recipe? = nil, program: String? = nil
) throws(SandboxError) {
  // In groups, since the length of a command line is limited. Several processes read the groups in parallel.
  let groups = stride(from: 0, to: paths.count, by: 256).map { Array(paths[$0..<min($0 + 256, paths.count)]) }
  let program = program ?? thisProgram
  guard groups.count > 1 else {
    for group in groups { try readTogether(reading, group, recipe, program) }
    return
  }
  let next = Atomic(0)
  let failures = Mutex<[Int: SandboxError]>([:])
  onThreads(min(groups.count, availableCores())) { _ in
    while failures.withLock({ $0.isEmpty }) {
      let number = next.add(1, ordering: .relaxed).oldValue
      guard number < groups.count else { return }
      do throws(SandboxError) {
        try readTogether(reading, groups[number], recipe, program)
      } catch {
        failures.withLock { $0[number] = error }
      }
    }
  }
  if let first = failures.withLock({ $0.min { $0.key < $1.key } }) { throw first.value }
}

/// A file that was not opened, because reading its structure killed the child process.
package struct SandboxError: Error, CustomStringConvertible {
  /// The file, why the child process ended, and that the file was not opened.
  package let description: String
}

#if os(Linux)
  // The file at the program's path may have been replaced since.
  private var thisProgram: String { "/proc/self/exe" }
#else
  private var thisProgram: String { Bundle.main.executablePath ?? CommandLine.arguments[0] }
#endif

private func readTogether(
  _ reading: SandboxedReading, _ files: [String], _ recipe: Recipe?, _ program: String
) throws(SandboxError) {
  var pipeEnds: [Int32] = [-1, -1]
  guard pipe(&pipeEnds) == 0 else { throw cannotStart(files[0], program, errno) }
  let (readEnd, writeEnd) = (pipeEnds[0], pipeEnds[1])
  // A process that another thread starts meanwhile must not inherit the pipe and keep it open.
  for end in pipeEnds { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  let spawned = spawnChild(program, reading, files, recipe, output: writeEnd)
  close(writeEnd)
  defer { close(readEnd) }
  guard case .success(let child) = spawned else {
    if case .failure(let problem) = spawned { throw cannotStart(files[0], program, problem.number) }
    return
  }

  // The child writes each file's name before reading it, and an empty name at the end; a zero byte ends each name.
  var output: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = read(readEnd, &piece, piece.count)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { break }
    output = Array((output + piece[..<count]).suffix(65536))
  }
  // Stays 0 if the system keeps no status, because the process that started this one ignores SIGCHLD.
  var status: Int32 = 0
  while waitpid(child, &status, 0) < 0, errno == EINTR {}
  let isDone = output.suffix(2) == [0, 0]
  guard !isDone || status != 0 else { return }
  let last = output.dropLast().split(separator: 0).last.map { String(decoding: $0, as: UTF8.self) } ?? files[0]
  // The library may also crash at exit, over what any of the files left behind.
  let others = files.count == 2 ? " or one other" : files.count > 2 ? " or one of \(files.count - 1) others" : ""
  let file = isDone ? files[0] + others : last
  throw SandboxError(description: "\(file): \(reason(status)): not opened")
}

private func cannotStart(_ file: String, _ program: String, _ number: Int32) -> SandboxError {
  let reason = String(cString: strerror(number))
  return SandboxError(description: "\(file): cannot start \(program) to check the file: \(reason)")
}

/// Why the child ended, from its `waitpid` status.
private func reason(_ status: Int32) -> String {
  let (signal, exitStatus) = (status & 0x7F, status >> 8 & 0xFF)
  let verdict = "it is damaged or hostile"
  switch signal {
  case 0 where exitStatus == SandboxChild.outOfMemory:
    return "its HDF5 structure needs more than \(SandboxChild.memory >> 20) MiB of memory; \(verdict)"
  case 0: return "the process that checked it exited with status \(exitStatus)"
  case SIGALRM, SIGXCPU:
    return
      "its header takes more than \(SandboxChild.seconds) s, or \(SandboxChild.cpuSeconds) s of CPU time, to read; \(verdict), or its disk does not respond"
  case SIGILL, SIGTRAP: return "its header crashes gpgen (signal \(signal)); \(verdict)"
  case SIGSEGV, SIGBUS, SIGABRT, SIGFPE:
    return "its HDF5 structure crashes the HDF5 library (signal \(signal)); \(verdict)"
  default: return "the process that checked it was killed by signal \(signal)"
  }
}

private struct SpawnProblem: Error {
  let number: Int32
}

/// Starts the program as a ``SandboxChild``.
private func spawnChild(
  _ program: String, _ reading: SandboxedReading, _ files: [String], _ recipe: Recipe?, output: Int32
) -> Result<pid_t, SpawnProblem> {
  #if os(Linux)
    var actions = posix_spawn_file_actions_t()
  #else
    var actions: posix_spawn_file_actions_t?
  #endif
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
  if output != STDOUT_FILENO { posix_spawn_file_actions_addclose(&actions, output) }

  let settings = [
    // After a crash the Swift runtime would spend seconds on a backtrace that nobody sees.
    "SWIFT_BACKTRACE": "enable=no",
    // glibc fills memory with this byte, so that a library that reads uninitialised memory fails here, not later.
    "MALLOC_PERTURB_": "165",
  ]
  let environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
  let words = ["gpgen", SandboxChild.word, reading.rawValue, recipe?.canonicalJSON ?? ""] + files
  let arguments = words.map { strdup($0) } + [nil]
  let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
  defer { for pointer in arguments + variables { free(pointer) } }
  var child: pid_t = 0
  let number = posix_spawn(&child, program, &actions, nil, arguments, variables)
  return number == 0 ? .success(child) : .failure(SpawnProblem(number: number))
}
