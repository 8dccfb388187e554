import Foundation
import Testing

@testable import Backdrop

/// Files from untrusted sources.
@Suite struct SafetensorsHeaderTests {
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

  @Test func errorForOtherTypesExplainsTheConversion() throws {
    let error = #expect(throws: BackdropError.self) {
      try Safetensors(reading: FixtureFile.path("weights-float16.safetensors"))
    }
    #expect(error?.code == .invalidFile)
    #expect(error?.message.contains("\"F16\", expected F32") == true)
    #expect(error?.message.contains("weights-float16.safetensors") == true)
  }

  @Test(arguments: [
    (#"{}"#, 1), (#"{} {"#, 0), (#"[]"#, 0), (#" {}"#, 0), (#""#, 0), (#"   "#, 0), (#"{"#, 0), (#"{"a""#, 0),
    (#"{"a":1}"#, 0),
    (#"{"a":{}}"#, 0), (#"{"a":{"dtype":"F32","shape":[]}}"#, 0), (#"{"a":null}"#, 0),
    // Duplicate names, keys or metadata.
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
    // Invalid offsets.
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
    // Invalid shapes and numbers.
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
    // Invalid strings, and unexpected keys and types.
    (#"{"a\x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4),
    (#"{"a\ud83d":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4),
    (#"{"a\u12":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4),
    ("{\"a\n\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"strides":[1]}}"#, 4),
    (#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 4),
  ])
  func inconsistentHeaderIsRefused(header: String, data: Int) throws {
    let folder = try WeightsFolder()
    let error = #expect(throws: BackdropError.self) { try read(file(header, data: data), in: folder) }
    #expect(error?.code == .invalidFile)
    #expect(error?.message.hasPrefix(folder.path) == true)
  }

  @Test func headerLengthIsCheckedAgainstTheFile() throws {
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

  /// Changes, removes, doubles and swaps bytes of a valid file, deterministically. The result is read or refused with a
  /// message, and tensors that are read are complete.
  @Test func mutatedFilesNeverCrash() throws {
    let folder = try WeightsFolder()
    let good = Safetensors.bytes(of: SafetensorsTests.tensors, metadata: SafetensorsTests.metadata)
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
      // In half of the rounds the length is corrected, so that not only the length check is tested.
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
    // Changes inside strings leave a valid file.
    #expect(accepted > 50 && refused > 2000)
  }

  @Test func irregularAndMissingFilesAreRefused() throws {
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
}
