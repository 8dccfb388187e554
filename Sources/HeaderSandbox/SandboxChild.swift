import Foundation
import GaussianField
import TextureDataset

/// What a command asks the HDF5 library about the files it is given.
package enum SandboxedReading: String {
  /// The headers of single files.
  case headers
  /// A dataset's headers, for reading its pixels.
  case read
  /// A file's header, and which shards of an index are there.
  case inspect
  /// All that a dataset's files say of themselves, for checking or repairing it.
  case examine
  /// A file of posteriors.
  case posteriors
  /// The datasets of an HDF5 file that gpgen need not have made.
  case foreign

  /// - Parameter recipe: what the user says that the dataset is, for ``examine``.
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

/// The process that reads the structure of files before the command does: within limits, with nothing to lose.
///
/// Started by ``readInSandbox(_:_:)`` as `gpgen __sandbox READING RECIPE FILE...`, past the parser of command lines;
/// without a recipe that word is empty.
package enum SandboxChild {
  /// The command's word.
  package static let word = "__sandbox"
  /// Bytes of address space, including the program's own, beside the reserve that large buffers leave free.
  static let memory = 1 << 30
  /// More of them for each shard that is there: opening an index takes some 20 KB a shard.
  private static let memoryPerShard = 32 << 10
  /// Seconds for each file that is opened, for disks that do not answer.
  static let seconds: UInt32 = 60
  /// Seconds of computing for each file. Under a sanitizer the program is many times slower.
  #if SANITIZED
    static let computingSeconds = 40
  #else
    static let computingSeconds = 2
  #endif
  /// The exit status of a child that ran out of memory.
  static let outOfMemory: Int32 = 3

  /// Does the reading for each path; writes on standard output which file it is at.
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
    say("")
    exit(0)
  }

  /// How many files are there that an index of this name, or one in this folder, can have as its shards. One for the name of
  /// a shard: listing the folder for each shard would take time quadratic in their number.
  private static func filesBeside(_ path: String) -> Int {
    guard !OutputNames.isShard(path) else { return 1 }
    let names = try? FileManager.default.contentsOfDirectory(atPath: path)
    return names?.count ?? OutputNames(path: path, shardCount: 2).filesInFolder.count
  }

  /// Names the file that is opened next, and gives it its time.
  private static func begin(_ file: String, _ extraSeconds: Int) {
    say(file)
    alarm(seconds + UInt32(extraSeconds))
    // What is read here within the limits the reader can read too.
    let used = clock() / clock_t(CLOCKS_PER_SEC)
    limit(Self.processorTime, rlim_t(used) + rlim_t(computingSeconds + extraSeconds))
  }

  #if canImport(Glibc)
    private static let addressSpace = __rlimit_resource_t(RLIMIT_AS.rawValue)
    private static let coreSize = __rlimit_resource_t(RLIMIT_CORE.rawValue)
    private static let processorTime = __rlimit_resource_t(RLIMIT_CPU.rawValue)
  #else
    private static let addressSpace = RLIMIT_AS
    private static let coreSize = RLIMIT_CORE
    private static let processorTime = RLIMIT_CPU
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
