import Foundation
import Testing

@testable import Backdrop

@Suite struct SafetensorsTests {
  /// What Fixtures/weights.py writes.
  private static let tensors: [Safetensors.Tensor] = [
    .init(name: "0.weight", shape: [2, 1, 3, 3], values: (0..<18).map { Float($0) / 8 - 1 }),
    .init(name: "0.bias", shape: [2], values: [0.5, -0.25]),
    .init(name: "9.weight", shape: [5, 2], values: (0..<10).map { Float($0) / -4 }),
    .init(name: "10.scale", shape: [], values: [2.5]),
    .init(name: "11.nothing", shape: [0, 3], values: []),
  ]
  private static let metadata = ["made by": "a \"test\" \\ of names: é, 雪, 🎲\n"]

  private func sorted(_ tensors: [Safetensors.Tensor]) -> [Safetensors.Tensor] { tensors.sorted { $0.name < $1.name } }

  /// The bytes of a file with a given header.
  private func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
    let count = length ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + Array(header.utf8)
      + [UInt8](repeating: 1, count: data)
  }

  private func read(_ bytes: [UInt8], in folder: WeightsFolder) throws -> Safetensors {
    let path = folder.path + "/file.safetensors"
    try Data(bytes).write(to: URL(filePath: path))
    return try Safetensors(reading: path)
  }

  @Test func fileOfTheSafetensorsPackageIsRead() throws {
    let file = try Safetensors(reading: FixtureFile.path("weights.safetensors"))
    #expect(sorted(file.tensors) == sorted(Self.tensors))
    #expect(file.metadata == Self.metadata)
    #expect(file.tensor(named: "10.scale")?.values == [2.5])
  }

  @Test func whatIsWrittenIsRead() throws {
    let folder = try WeightsFolder()
    let path = folder.path + "/weights.safetensors"
    let odd = Safetensors.Tensor(
      name: "odd", shape: [4], values: [.infinity, -0.0, .leastNonzeroMagnitude, -.infinity])
    for (tensors, metadata) in [([], [:]), (Self.tensors, Self.metadata), ([odd], [:])] as [([_], _)] {
      try Safetensors.write(tensors, metadata: metadata, to: path)
      let file = try Safetensors(reading: path)
      // Tensors without elements stand before those that begin at the same byte.
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
    #expect(bytes == file(padded) + [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f])
    #expect(padded.utf8.count.isMultiple(of: 8))
  }

  @Test func otherTypesAreNamedWithAWayToConvertThem() throws {
    let error = #expect(throws: BackdropError.self) {
      try Safetensors(reading: FixtureFile.path("weights-float16.safetensors"))
    }
    #expect(error?.code == .invalidFile)
    #expect(error?.message.contains("\"F16\", expected F32") == true)
    #expect(error?.message.contains("weights-float16.safetensors") == true)
  }

  @Test(arguments: [
    (#"{}"#, 1), (#"{} {"#, 0), (#"[]"#, 0), (#""#, 0), (#"   "#, 0), (#"{"#, 0), (#"{"a""#, 0), (#"{"a":1}"#, 0),
    (#"{"a":{}}"#, 0), (#"{"a":{"dtype":"F32","shape":[]}}"#, 0), (#"{"a":null}"#, 0),
    // Twice the same name, key or text about the file.
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}"#,
      4
    ),
    (#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4),
    (#"{"__metadata__":{"x":"1","x":"2"}}"#, 0), (#"{"__metadata__":{},"__metadata__":{}}"#, 0),
    (#"{"__metadata__":{"x":1}}"#, 0), (#"{"__metadata__":"x"}"#, 0),
    // Places that do not fit.
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#,
      12
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#, 4),
    // Shapes and numbers that are none.
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1,],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904,2],"data_offsets":[0,0]}}"#, 0),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}"#, 0),
    (#"{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,0]}}"#, 0),
    (#"{"a":{"dtype":"F32","shape":[99999999999999999999999999],"data_offsets":[0,0]}}"#, 0),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775807,0]}}"#, 4),
    // Texts that are none, and what belongs elsewhere.
    (#"{"a\x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4),
    (#"{"a\ud83d":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4),
    (#"{"a\u12":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4),
    ("{\"a\n\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"strides":[1]}}"#, 4),
    (#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 4),
  ])
  func headerThatDoesNotFitIsRefused(header: String, data: Int) throws {
    let folder = try WeightsFolder()
    let error = #expect(throws: BackdropError.self) { try read(file(header, data: data), in: folder) }
    #expect(error?.code == .invalidFile)
    #expect(error?.message.hasPrefix(folder.path) == true)
  }

  @Test func headersLengthIsHeldAgainstTheFile() throws {
    let folder = try WeightsFolder()
    for length: UInt64 in [3, 100_000_000, 100_000_001, 1 << 63, .max, .max - 7] {
      let error = #expect(throws: BackdropError.self) { try read(file("{}", length: length), in: folder) }
      #expect(error?.code == .invalidFile)
    }
    for count in 0..<8 {
      let error = #expect(throws: BackdropError.self) { try read([UInt8](repeating: 0, count: count), in: folder) }
      #expect(error?.code == .invalidFile)
    }
  }

  @Test func shapeOfVeryManyAxesIsRefused() throws {
    let folder = try WeightsFolder()
    let ones = Array(repeating: "1", count: 100_000).joined(separator: ",")
    let header = #"{"a":{"dtype":"F32","shape":[\#(ones)],"data_offsets":[0,4]}}"#
    #expect(throws: BackdropError.self) { try read(file(header, data: 4), in: folder) }
  }

  @Test func nestingIsRefusedAtItsFirstBracket() throws {
    let folder = try WeightsFolder()
    for bracket in ["[", "{\"a\":"] {
      let header = #"{"a":"# + String(repeating: bracket, count: 100_000)
      #expect(throws: BackdropError.self) { try read(file(header), in: folder) }
    }
  }

  @Test func escapesAndWhiteSpaceAreRead() throws {
    let folder = try WeightsFolder()
    let header =
      "{ \"\\u0061\\ud83c\\udfb2\\/\\\\\\\"\\b\\f\\n\\r\\t\" :\t{\"shape\" : [ 1 , 1 ],\n\"data_offsets\":[0,4],\"dtype\":\"F32\"}\r\n} \n"
    let found = try read(file(header, data: 4), in: folder)
    #expect(found.tensors.map(\.name) == ["a🎲/\\\"\u{8}\u{c}\n\r\t"])
    #expect(found.tensors.map(\.shape) == [[1, 1]])
  }

  /// Bytes of a good file changed, taken away, doubled and swapped, the same in every run: what is left is read or refused
  /// with a message, and what is read is whole.
  @Test func mutatedFilesNeverCrash() throws {
    let folder = try WeightsFolder()
    let good = Safetensors.bytes(of: Self.tensors, metadata: Self.metadata)
    let headerEnd = 8 + Int(good[0]) + 256 * Int(good[1])
    let tokens = [
      "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "9", "-", "99999999999999999999", "\u{0}", "\\u", "F16",
    ]
    var state: UInt64 = 20
    func random(_ bound: Int) -> Int {
      // Knuth's MMIX generator.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    var (accepted, refused) = (0, 0)
    for round in 0..<4000 {
      var bytes = good
      for _ in 0...random(3) {
        let place = random(min(headerEnd, bytes.count))
        switch random(5) {
        case 0: bytes[place] ^= 1 << random(8)
        case 1: bytes[place] = UInt8(random(256))
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(contentsOf: Array(tokens[random(tokens.count)].utf8), at: place)
        default: bytes.swapAt(place, random(min(headerEnd, bytes.count)))
        }
      }
      // In half of the rounds the length still fits, so that the mutation is not the length's alone.
      if round.isMultiple(of: 2) {
        let length = UInt64(max(0, bytes.count - (good.count - headerEnd) - 8))
        for i in 0..<8 where i < bytes.count { bytes[i] = UInt8(truncatingIfNeeded: length >> (8 * i)) }
      }
      do {
        let found = try read(bytes, in: folder)
        #expect(found.tensors.reduce(0) { $0 + $1.values.count } * 4 <= bytes.count - 8)
        accepted += 1
      } catch let error as BackdropError {
        #expect(error.code == .invalidFile && error.message.hasPrefix(folder.path))
        refused += 1
      }
    }
    // Changes within texts leave a good file.
    #expect(accepted > 50 && refused > 2000)
  }

  @Test func whatIsNoFileIsRefused() throws {
    let folder = try WeightsFolder()
    let pipe = folder.path + "/pipe"
    try #require(mkfifo(pipe, 0o600) == 0)
    for path in [folder.path, pipe, "/dev/zero"] {
      let error = #expect(throws: BackdropError.self) { try Safetensors(reading: path) }
      #expect(error?.code == .invalidFile)
    }
    let error = #expect(throws: BackdropError.self) { try Safetensors(reading: folder.path + "/missing") }
    #expect(error?.code == .fileSystem)
  }

  @Test func sparseFileLargerThanMemoryIsRefused() throws {
    let folder = try WeightsFolder()
    let path = folder.path + "/sparse"
    let count = 1 << 40
    try Data(file(#"{"a":{"dtype":"F32","shape":[\#(count)],"data_offsets":[0,\#(4 * count)]}}"#)).write(
      to: URL(filePath: path))
    try #require(truncate(path, 4 * count) == 0)
    let error = #expect(throws: BackdropError.self) { try Safetensors(reading: path) }
    #expect(error?.code == .invalidFile)
  }

  @Test func failedWriteLeavesTheFileAsItWas() throws {
    let folder = try WeightsFolder()
    let path = folder.path + "/weights"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    for path in [path, folder.path + "/missing/weights"] {
      let error = #expect(throws: BackdropError.self) {
        try Safetensors.write(Self.tensors, metadata: [:], to: path)
      }
      #expect(error?.code == .fileSystem)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["weights"])
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

@Suite struct SafetensorsWeightTests {
  private let layout = ParameterLayout(entries: [
    .init(name: "0.weight", shape: [2, 3], offset: 0), .init(name: "0.bias", shape: [2], offset: 6),
  ])

  private func read(_ tensors: [Safetensors.Tensor]) throws -> [Float] {
    let folder = try WeightsFolder()
    try Safetensors.write(tensors, metadata: [:], to: folder.path + "/w")
    return try layout.values(of: Safetensors(reading: folder.path + "/w"), file: "w.safetensors")
  }

  @Test func weightsComeBackInWhateverOrder() throws {
    let values = (0..<8).map(Float.init)
    #expect(layout.tensors(values).map(\.values) == [[0, 1, 2, 3, 4, 5], [6, 7]])
    #expect(try read(layout.tensors(values)) == values)
    #expect(try read(layout.tensors(values).reversed()) == values)
  }

  @Test func missingSurplusAndMisshapenTensorsAreNamed() throws {
    let tensors = layout.tensors((0..<8).map(Float.init))
    let more = Safetensors.Tensor(name: "7.bias", shape: [1], values: [0])
    let turned = Safetensors.Tensor(name: "0.weight", shape: [3, 2], values: tensors[0].values)
    let cases = [
      ([tensors[0]], #"no tensor "0.bias" of shape [2]"#), (tensors + [more], #"a tensor "7.bias""#),
      ([turned, tensors[1]], #"the tensor "0.weight" has shape [3, 2], expected [2, 3]"#),
    ]
    for (tensors, message) in cases {
      let error = #expect(throws: BackdropError.self) { try read(tensors) }
      #expect(error?.code == .foreignWeights)
      #expect(error?.message.hasPrefix("w.safetensors: ") == true)
      #expect(error?.message.contains(message) == true)
    }
  }
}

/// A temporary folder, removed at the end of a test.
private final class WeightsFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "gpgen-weights-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
