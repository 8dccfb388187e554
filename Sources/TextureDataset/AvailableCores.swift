import Foundation

/// The cores that this process may use: under Slurm, `taskset` or a container's set of cores, those, not all of the
/// machine's.
package func availableCores() -> Int {
  // Linux tells it as a mask in hexadecimal digits; `sched_getaffinity` is not visible to Swift.
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let mask = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }?.dropFirst("Cpus_allowed:".count)
  let cores = mask?.reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount } ?? 0
  let online = ProcessInfo.processInfo.activeProcessorCount
  return cores > 0 ? min(cores, online) : online
}
