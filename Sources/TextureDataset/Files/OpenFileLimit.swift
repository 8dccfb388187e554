import Foundation

/// Makes room for open files: one a shard, for its lock or for reading it.
///
/// - Parameter choices: what to do instead of raising the limit.
func raiseOpenFileLimit(
  to files: Int, choose choices: String = "use fewer --shards or more tasks"
) throws(DatasetError) {
  var limit = rlimit()
  #if canImport(Glibc)
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    let resource = RLIMIT_NOFILE
  #endif
  guard getrlimit(resource, &limit) == 0 else { return }
  // Beside these: what the program has open in any case.
  let needed = rlim_t(files + 64)
  guard limit.rlim_cur < needed else { return }
  guard limit.rlim_max >= needed else {
    throw DatasetError(
      .fileSystem,
      "needs \(files) open files, and the limit is \(limit.rlim_max); raise it (ulimit -n), or \(choices)"
    )
  }
  limit.rlim_cur = needed
  _ = setrlimit(resource, &limit)
}
