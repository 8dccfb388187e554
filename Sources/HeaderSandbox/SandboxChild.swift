import Foundation
import GaussianField
import TextureDataset

/// What a command reads from the HDF5 files it is given.
package enum SandboxedReading: String {
  /// The headers of single files.
  case headers
  /// A dataset's headers, before its pixels are read.
  case read
  /// A file's header, and which of an index's shards exist.
  case inspect
  /// All metadata of a dataset's files, for verification or repair.
  case examine
  /// A file of posteriors.
  case posteriors
  /// The datasets of an HDF5 file from any program.
  case foreign

  /// - Parameter recipe: the dataset's recipe, if the user gave one; for ``examine``.
  func perform(_ path: String, recipe: Recipe?) {
    switch self {
    case .headers: StructureSurvey.headers(path)
    case .read: StructureSurvey.read(path)
    case .inspect: StructureSurvey.inspect(path)
    case .examine: StructureSurvey.examine(path, recipe: recipe)
    case .posteriors: StructureSurvey.posteriors(path)
    case .foreign: ForeignHDF5.survey(path)
    }
  }
}

/// The child process that reads the structure of files, within limits, before the command does.
///
/// ``readInSandbox(_:_:recipe:program:)`` starts it as `gpgen __sandbox READING RECIPE FILE...`, which bypasses the
/// command-line parser. RECIPE is empty if there is none.
package enum SandboxChild {
  /// The hidden command's name.
  package static let word = "__sandbox"
  /// Address space in bytes, including the program's own, in addition to ``MemoryReserve``.
  static let memory = 1 << 30
  /// Additional bytes for each shard that exists: opening an index takes about 20 KB per shard.
  private static let memoryPerShard = 32 << 10
  /// Elapsed seconds allowed for each file, for disks that do not respond.
  static let seconds: UInt32 = 60
  /// CPU seconds allowed for each file. Under a sanitizer the program is many times slower.
  #if SANITIZED
    static let cpuSeconds = 40
  #else
    static let cpuSeconds = 2
  #endif
  /// The exit status of a child that ran out of memory.
  static let outOfMemory: Int32 = 3

  /// Reads each path, after writing its name to standard output.
  package static func main() -> Never {
    let paths = CommandLine.arguments.dropFirst(4)
    let shards = paths.reduce(0) { $0 + filesBeside($1) }
    limitResources(memory: memory + MemoryReserve.bytes + shards * memoryPerShard)
    let extraSeconds = shards / 10_000
    HDF5Opening.observe(opening: { begin($0, extraSeconds) }, outOfMemory: { exit(outOfMemory) })
    let words = Array(CommandLine.arguments.dropFirst(2))
    guard words.count > 2, let reading = SandboxedReading(rawValue: words[0]) else { exit(2) }
    let recipe = try? Recipe(canonicalJSON: words[1])
    for path in paths {
      begin(path, extraSeconds)
      reading.perform(path, recipe: recipe)
    }
    report("")
    exit(0)
  }

  /// The number of files that can be shards of an index with this name or in this folder. 1 for the name of a shard:
  /// listing the folder for every shard would take quadratic time.
  private static func filesBeside(_ path: String) -> Int {
    guard !OutputNames.isShard(path) else { return 1 }
    let names = try? FileManager.default.contentsOfDirectory(atPath: path)
    return names?.count ?? OutputNames(path: path, shardCount: 2).filesInFolder.count
  }

  /// Reports the next file and restarts its time limits.
  private static func begin(_ file: String, _ extraSeconds: Int) {
    report(file)
    alarm(seconds + UInt32(extraSeconds))
    // What this process reads within its limits the command can read too.
    let used = clock() / clock_t(CLOCKS_PER_SEC)
    limit(Self.cpuTime, rlim_t(used) + rlim_t(cpuSeconds + extraSeconds))
  }

  #if canImport(Glibc)
    private static let addressSpace = __rlimit_resource_t(RLIMIT_AS.rawValue)
    private static let coreSize = __rlimit_resource_t(RLIMIT_CORE.rawValue)
    private static let cpuTime = __rlimit_resource_t(RLIMIT_CPU.rawValue)
  #else
    private static let addressSpace = RLIMIT_AS
    private static let coreSize = RLIMIT_CORE
    private static let cpuTime = RLIMIT_CPU
  #endif

  private static func limitResources(memory: Int) {
    signal(SIGALRM, SIG_DFL)
    var blocked = sigset_t()
    sigemptyset(&blocked)
    pthread_sigmask(SIG_SETMASK, &blocked, nil)
    limit(coreSize, 0)
    // A sanitizer reserves terabytes of address space.
    #if !SANITIZED
      limit(addressSpace, rlim_t(memory))
    #endif
  }

  #if canImport(Glibc)
    private typealias Resource = __rlimit_resource_t
  #else
    private typealias Resource = Int32
  #endif

  /// Sets a soft limit, capped by the hard one.
  private static func limit(_ resource: Resource, _ value: rlim_t) {
    var limits = rlimit()
    guard getrlimit(resource, &limits) == 0 else { return }
    limits.rlim_cur = min(value, limits.rlim_max)
    _ = setrlimit(resource, &limits)
  }

  private static func report(_ file: String) {
    let bytes = Array(file.utf8) + [0]
    _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
  }
}
