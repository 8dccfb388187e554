import Foundation
import GaussianField

/// How much memory this process may use: the minimum of the machine's memory, its control groups' limits, and the rest
/// of its address space.
///
/// Work that needs much memory checks this first: the system overcommits, and later kills the process that touches the
/// pages.
public struct MemoryLimit: Sendable, Equatable {
  /// What limits the memory.
  public enum Kind: Sendable, Equatable {
    /// The machine's memory.
    case physical
    /// A control group's limit, read from this file.
    case controlGroup(String)
    /// RLIMIT_AS, `ulimit -v`.
    case addressSpace
  }

  /// The limit, in bytes.
  public let bytes: Int
  /// What imposes it.
  public let kind: Kind

  /// The current limit of this process.
  public static var current: MemoryLimit {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let physical = Int(sysconf(Int32(_SC_PHYS_PAGES))).multipliedReportingOverflow(by: page)
    return MemoryLimit(
      physical: physical.overflow || physical.partialValue <= 0 ? .max : physical.partialValue,
      addressSpace: addressSpace,
      processFolder: "/proc/self", controlGroupFolder: "/sys/fs/cgroup", pageSize: page)
  }

  /// RLIMIT_AS, in bytes; nil if unlimited.
  package static var addressSpace: Int? {
    var limit = rlimit()
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
    #else
      let resource = RLIMIT_AS
    #endif
    return getrlimit(resource, &limit) == 0 && limit.rlim_cur < rlim_t(Int.max) ? Int(limit.rlim_cur) : nil
  }

  /// - Parameters:
  ///   - physical: the machine's memory, in bytes.
  ///   - addressSpace: RLIMIT_AS, in bytes; nil if unlimited.
  ///   - processFolder: contains the files `cgroup` and `statm` of proc(5).
  ///   - controlGroupFolder: where the control groups are mounted.
  ///   - pageSize: the unit of `statm`, in bytes.
  init(physical: Int, addressSpace: Int?, processFolder: String, controlGroupFolder: String, pageSize: Int) {
    var minimum = (bytes: physical, kind: Kind.physical)
    for file in Self.limitFiles(processFolder: processFolder, controlGroupFolder: controlGroupFolder) {
      // An unlimited group's file contains "max".
      guard let bytes = Self.text(of: file).flatMap({ Int($0) }), bytes < minimum.bytes else { continue }
      minimum = (bytes, .controlGroup(file))
    }
    if let addressSpace {
      let mapped = Self.text(of: processFolder + "/statm")?.split(separator: " ").first.flatMap { Int($0) } ?? 0
      let left = max(0, addressSpace - mapped * pageSize - MemoryReserve.bytes)
      if left < minimum.bytes { minimum = (left, .addressSpace) }
    }
    (bytes, kind) = minimum
  }

  /// Throws if the work needs more memory than the limit. Call it before the work begins.
  ///
  /// - Parameters:
  ///   - need: in bytes.
  ///   - what: what needs it, as the start of a message: "side 4096".
  ///   - choices: what to choose instead: "fewer --threads or a smaller --size".
  /// - Throws: ``DatasetError`` with code `.memory`, naming the need, the limit and which limit it is.
  public func refuse(_ need: Int, for what: String, choose choices: String) throws(DatasetError) {
    guard need > bytes else { return }
    throw DatasetError(
      .memory,
      "\(what) needs \(byteText(need)) of memory, but \(bytes > 0 ? "at most \(byteText(bytes)) is available" : "none is available") (\(reason)); choose \(choices)"
    )
  }

  /// Names the limit in a message.
  private var reason: String {
    switch kind {
    case .physical: "the memory of this machine"
    case .controlGroup(let file): "the limit of the control group in \(file)"
    case .addressSpace: "the remaining address space, ulimit -v"
    }
  }

  /// The files that may hold a limit: of the process's control groups (versions 2 and 1) and of their ancestors.
  private static func limitFiles(processFolder: String, controlGroupFolder: String) -> [String] {
    var files: [String] = []
    for line in (text(of: processFolder + "/cgroup") ?? "").split(separator: "\n") {
      // hierarchy:controllers:path
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let isSecond = parts[1].isEmpty
      guard isSecond || parts[1].split(separator: ",").contains("memory") else { continue }
      let folder = controlGroupFolder + (isSecond ? "" : "/memory")
      // A process moved out of its name space's root has a path of "..".
      var groups = parts[2].split(separator: "/").filter { $0 != ".." }
      while true {
        let path = ([folder] + groups.map(String.init)).joined(separator: "/")
        files.append(path + (isSecond ? "/memory.max" : "/memory.limit_in_bytes"))
        if groups.popLast() == nil { break }
      }
    }
    return files
  }

  private static func text(of file: String) -> String? {
    (try? String(contentsOfFile: file, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
