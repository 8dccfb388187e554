import Foundation
import TextureDataset

/// The process that reads the headers of files before their reader does: within limits, with nothing to lose.
///
/// Started by ``probe(_:)`` as `gpgen __probe FILE...`, past the parser of command lines.
enum ProbeChild {
  static let word = "__probe"
  /// Bytes of address space, the program's own included.
  static let memory = 1 << 30
  /// Seconds for each file.
  static let seconds: UInt32 = 5
  /// The exit status that tells of memory in vain.
  static let outOfMemory: Int32 = 3

  /// Reads each file, and the shards of each that is an index; says on standard output which one it is at.
  static func main() -> Never {
    limitResources()
    var seen: Set<String> = []
    for file in CommandLine.arguments.dropFirst(2) {
      guard let header = read(file, &seen), header.kind == .index else { continue }
      // An unfinished index is named after its shards all the same.
      let ending = OutputNames.partial("")
      let path = file.hasSuffix(ending) ? String(file.dropLast(ending.count)) : file
      let names = OutputNames(path: path, shardCount: header.shardCount)
      for shard in 0..<header.shardCount where access(names.shard(shard), F_OK) == 0 {
        _ = read(names.shard(shard), &seen)
      }
    }
    say("")
    exit(0)
  }

  private static func read(_ file: String, _ seen: inout Set<String>) -> ShardHeader? {
    guard seen.insert(file).inserted else { return nil }
    say(file)
    alarm(seconds)
    // What is read here in less the reader can read too, and both take no longer than that.
    let used = clock() / clock_t(CLOCKS_PER_SEC)
    limit(Self.processorTime, rlim_t(used) + 2)
    do {
      return try ShardHeader(reading: file)
    } catch {
      if error.code == .memory { exit(outOfMemory) }
      return nil
    }
  }

  #if canImport(Glibc)
    private static let processorTime = __rlimit_resource_t(RLIMIT_CPU.rawValue)
  #else
    private static let processorTime = RLIMIT_CPU
  #endif

  private static func limitResources() {
    signal(SIGALRM, SIG_DFL)
    var blocked = sigset_t()
    sigemptyset(&blocked)
    pthread_sigmask(SIG_SETMASK, &blocked, nil)
    #if canImport(Glibc)
      limit(__rlimit_resource_t(RLIMIT_AS.rawValue), rlim_t(memory))
      limit(__rlimit_resource_t(RLIMIT_CORE.rawValue), 0)
    #else
      limit(RLIMIT_AS, rlim_t(memory))
      limit(RLIMIT_CORE, 0)
    #endif
  }

  #if canImport(Glibc)
    private typealias Resource = __rlimit_resource_t
  #else
    private typealias Resource = Int32
  #endif

  /// Sets a limit, under the one that this process may not pass.
  private static func limit(_ resource: Resource, _ value: rlim_t) {
    var limits = rlimit()
    guard getrlimit(resource, &limits) == 0 else { return }
    limits.rlim_cur = min(value, limits.rlim_max)
    _ = setrlimit(resource, &limits)
  }

  private static func say(_ file: String) {
    let bytes = Array(file.utf8) + [0]
    _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
  }
}
