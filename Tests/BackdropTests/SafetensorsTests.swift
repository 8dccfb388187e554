import Foundation
import Testing

@testable import Backdrop

@Suite struct SafetensorsTests {
  /// The contents of the file that Fixtures/weights.py writes.
  static let tensors: [Safetensors.Tensor] = [
    .init(name: "0.weight", shape: [2, 1, 3, 3], values: (0..<18).map { Float($0) / 8 - 1 }),
    .init(name: "0.bias", shape: [2], values: [0.5, -0.25]),
    .init(name: "9.weight", shape: [5, 2], values: (0..<10).map { Float($0) / -4 }),
    .init(name: "10.scale", shape: [], values: [2.5]),
    .init(name: "11.nothing", shape: [0, 3], values: []),
  ]
  static let metadata = ["made by": "a \"test\" \\ of names: é, 雪, 🎲\n"]

  private func sorted(_ tensors: [Safetensors.Tensor]) -> [Safetensors.Tensor] { tensors.sorted { $0.name < $1.name } }

  @Test func fileOfTheSafetensorsPackageIsRead() throws {
    let file = try Safetensors(reading: FixtureFile.path("weights.safetensors"))
    #expect(sorted(file.tensors) == sorted(Self.tensors))
    #expect(file.metadata == Self.metadata)
    #expect(file.tensor(named: "10.scale")?.values == [2.5])
  }

  @Test func writtenFileReadsBack() throws {
    let folder = try WeightsFolder()
    let path = folder.path + "/weights.safetensors"
    let odd = Safetensors.Tensor(
      name: "odd", shape: [4], values: [.infinity, -0.0, .leastNonzeroMagnitude, -.infinity])
    for (tensors, metadata) in [([], [:]), (Self.tensors, Self.metadata), ([odd], [:])] as [([_], _)] {
      try Safetensors.write(tensors, metadata: metadata, to: path)
      let file = try Safetensors(reading: path)
      // Tensors without elements precede those that begin at the same byte.
      #expect(sorted(file.tensors) == sorted(tensors))
      #expect(file.metadata == metadata)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["weights.safetensors"])
  }

  @Test func bytesAreThoseOfTheFormat() {
    let header =
      #"{"__metadata__":{"a":"b"},"w":{"data_offsets":[4,12],"dtype":"F32","shape":[1,2]},"x":{"data_offsets":[0,4],"dtype":"F32","shape":[]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    let bytes = Safetensors.bytes(
      of: [.init(name: "x", shape: [], values: [1]), .init(name: "w", shape: [1, 2], values: [-2, 0.5])],
      metadata: ["a": "b"])
    let length = [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0]
    #expect(bytes == length + Array(padded.utf8) + [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f])
    #expect(padded.utf8.count.isMultiple(of: 8))
  }

  /// weights-gpgen.safetensors was written by gpgen; the safetensors package reads it like weights.safetensors (see
  /// weights.py).
  @Test func bytesAreThoseThatTheSafetensorsPackageReads() throws {
    let bytes = try Data(contentsOf: URL(filePath: FixtureFile.path("weights-gpgen.safetensors")))
    #expect(Safetensors.bytes(of: Self.tensors, metadata: Self.metadata) == Array(bytes))
  }

  @Test func failedWriteLeavesTheFileUnchanged() throws {
    let folder = try WeightsFolder()
    let path = folder.path + "/weights"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try Data().write(to: URL(filePath: folder.path + "/file"))
    for path in [path, folder.path + "/file/weights"] {
      let error = #expect(throws: BackdropError.self) {
        try Safetensors.write(Self.tensors, metadata: [:], to: path)
      }
      #expect(error?.code == .fileSystem)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["file", "weights"])
  }

  @Test func leftoverOfAKilledWriteIsReplaced() throws {
    let folder = try WeightsFolder()
    let path = folder.path + "/weights"
    try Data(repeating: 7, count: 100_000).write(to: URL(filePath: path + ".partial"))
    try Safetensors.write(Self.tensors, metadata: [:], to: path)
    #expect(try Array(Data(contentsOf: URL(filePath: path))) == Safetensors.bytes(of: Self.tensors, metadata: [:]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["weights"])
  }
}
