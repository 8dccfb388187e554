import Foundation
import GaussianField
import Testing

@testable import TextureDataset

@Suite struct MemoryLimitTests {
  /// The limit of a process with these files of proc(5) and control groups.
  private func limit(
    cgroup: String, files: [String: String], physical: Int = 1 << 40, addressSpace: Int? = nil, statm: String = "0"
  ) throws -> (limit: MemoryLimit, groups: String) {
    let folder = try DatasetFolder()
    let groups = folder("groups")
    for (name, text) in files {
      let file = URL(filePath: "\(groups)/\(name)")
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: false, encoding: .utf8)
    }
    let process = folder("self")
    try FileManager.default.createDirectory(atPath: process, withIntermediateDirectories: true)
    try cgroup.write(toFile: process + "/cgroup", atomically: false, encoding: .utf8)
    try statm.write(toFile: process + "/statm", atomically: false, encoding: .utf8)
    return (
      MemoryLimit(
        physical: physical, addressSpace: addressSpace, processFolder: process, controlGroupFolder: groups,
        pageSize: 4096),
      groups
    )
  }

  @Test func physicalMemoryIsTheDefaultLimit() throws {
    let found = try limit(cgroup: "0::/job\n", files: ["job/memory.max": "max\n"], physical: 12345).limit
    #expect(found.bytes == 12345)
    #expect(found.kind == .physical)
  }

  @Test func minimumLimitOfAllAncestorGroupsCounts() throws {
    let (found, groups) = try limit(
      cgroup: "0::/user/job\n",
      files: ["user/job/memory.max": "3000000\n", "user/memory.max": "2000000\n", "memory.max": "max\n"])
    #expect(found.bytes == 2_000_000)
    #expect(found.kind == .controlGroup(groups + "/user/memory.max"))
  }

  @Test func versionOneGroupsCount() throws {
    let (found, groups) = try limit(
      cgroup: "7:cpu,cpuacct:/a\n5:memory:/docker/x\n0::/\n",
      files: ["memory/memory.limit_in_bytes": "5000000\n", "a/memory.limit_in_bytes": "1\n"])
    #expect(found.bytes == 5_000_000)
    #expect(found.kind == .controlGroup(groups + "/memory/memory.limit_in_bytes"))
  }

  @Test func mappedMemoryIsSubtractedFromTheAddressSpace() throws {
    let found = try limit(cgroup: "", files: [:], addressSpace: 1 << 30, statm: "1000 500 3 4 0 5 0").limit
    #expect(found.bytes == (1 << 30) - 1000 * 4096 - MemoryReserve.bytes)
    #expect(found.kind == .addressSpace)
  }

  @Test func needBeyondTheLimitIsRefusedWithItsReason() throws {
    let (found, groups) = try limit(cgroup: "0::/job\n", files: ["job/memory.max": "\(1 << 30)\n"])
    try found.refuse(1 << 30, for: "a batch", choose: "a smaller one")
    let error = #expect(throws: DatasetError.self) {
      try found.refuse(3 << 30, for: "a batch", choose: "a smaller one")
    }
    #expect(error?.code == .memory)
    let message = try #require(error?.message)
    for part in ["a batch needs 3.0 GiB", "1.0 GiB", groups + "/job/memory.max", "choose a smaller one"] {
      #expect(message.contains(part), "\(message)")
    }
  }

  @Test func thisProcessHasALimit() {
    #expect(MemoryLimit.current.bytes > 0)
    #expect(MemoryLimit.current.bytes < Int.max)
  }
}
