import Foundation

/// Raises the limit of open files: each shard takes one, for its lock or for reading it.
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
  // 64 more for everything else that the program opens.
  let needed = rlim_t(files + 64)
  guard limit.rlim_cur < needed else { return }
  guard limit.rlim_max >= needed else {
    throw DatasetError(
      .fileSystem,
      "needs \(files) open files, but the limit is \(limit.rlim_max); raise it (ulimit -n), or \(choices)"
    )
  }
  limit.rlim_cur = needed
  _ = setrlimit(resource, &limit)
}
