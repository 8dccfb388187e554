import Foundation

/// The number of cores that this process may use: its CPU affinity (set by Slurm, `taskset` or a container), not the
/// whole machine.
package func availableCores() -> Int {
  // Linux reports a hexadecimal mask; `sched_getaffinity` is not visible to Swift.
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let mask = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }?.dropFirst("Cpus_allowed:".count)
  let cores = mask?.reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount } ?? 0
  let online = ProcessInfo.processInfo.activeProcessorCount
  return cores > 0 ? min(cores, online) : online
}
