import Foundation

/// Makes room for one open file a shard, for its lock or for reading it.
func raiseOpenFileLimit(to shards: Int) throws(DatasetError) {
  var limit = rlimit()
  #if canImport(Glibc)
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    let resource = RLIMIT_NOFILE
  #endif
  guard getrlimit(resource, &limit) == 0 else { return }
  // Beside the shards: what the program has open in any case.
  let needed = rlim_t(shards + 64)
  guard limit.rlim_cur < needed else { return }
  guard limit.rlim_max >= needed else {
    throw DatasetError(
      .fileSystem,
      "\(shards) shards need as many open files, and the limit is \(limit.rlim_max); raise it (ulimit -n), or use fewer --shards or more tasks"
    )
  }
  limit.rlim_cur = needed
  _ = setrlimit(resource, &limit)
}
