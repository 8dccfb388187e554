import Foundation

/// The cores that this process may use: under Slurm, `taskset` or a container's set of cores, those, not all of the
/// machine's.
func availableCores() -> Int {
  #if canImport(Glibc)
    var set = cpu_set_t()
    if sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 {
      let cores = withUnsafeBytes(of: set) { $0.reduce(0) { $0 + $1.nonzeroBitCount } }
      if cores > 0 { return cores }
    }
  #endif
  return ProcessInfo.processInfo.activeProcessorCount
}
