import Foundation
import Testing

@testable import TextureDataset

/// Ways to damage a shard of the small recipe.
enum DatasetDamage: String, CaseIterable, Sendable {
  case image, label, scaleLabel, lengthScale, checksum, sampleCoordinate, column
  case seed, weight, className, recipe, hash
  case superblock, rootGroup, truncatedInPixels, truncatedToNothing, truncatedByOneByte, text, missing

  /// The expected finding of verify: the problem of the file, and the name of the part, if any.
  var expected: (problem: DatasetVerdict.BadFile.Problem, name: String?)? {
    switch self {
    case .image, .checksum: nil
    case .label: (.values, "label")
    case .scaleLabel: (.values, "scale_label")
    case .lengthScale: (.values, "length_scale")
    case .sampleCoordinate: (.values, "sample")
    case .column: (.values, "x")
    case .className: (.attribute, "class_name")
    case .missing: (.missing, nil)
    default: (.unreadable, nil)
    }
  }

  /// Whether the recipe of a single file becomes unreadable.
  var losesRecipe: Bool {
    switch self {
    // The recipe and its hash are found wherever their text is still in the file.
    case .recipe, .hash, .truncatedToNothing, .text, .missing: true
    default: false
    }
  }

  func inflict(on path: String) throws {
    switch self {
    case .image: try Self.flip(path, in: "image", at: 3 * 1024 + 77)
    case .label: try Self.flip(path, in: "label", at: 16)
    case .scaleLabel: try Self.flip(path, in: "scale_label", at: 16)
    case .lengthScale: try Self.flip(path, in: "length_scale", at: 9)
    case .checksum: try Self.flip(path, in: "crc32c", at: 9)
    case .sampleCoordinate: try Self.flip(path, in: "sample", at: 9)
    case .column: try Self.flip(path, in: "x", at: 9)
    case .seed: try Self.flip(path, at: Self.place(of: Self.bytes(UInt64(1_234_567)), in: path))
    case .weight: try Self.flip(path, at: Self.place(of: Self.bytes(0.7890625), in: path))
    case .className: try Self.flip(path, at: Self.place(of: Data("1.5-3".utf8), in: path))
    case .recipe: try Self.flip(path, at: Self.place(of: Data("\"seed\":".utf8), in: path) + 8)
    case .hash:
      let header = try ShardHeader(reading: path)
      try Self.flip(path, at: Self.place(of: Data(header.recipe.datasetHash.utf8), in: path) + 5)
    case .superblock: try Self.flip(path, at: 3)
    case .rootGroup: try Self.flip(path, at: 60)
    case .truncatedInPixels:
      let header = try ShardHeader(reading: path)
      try Self.truncate(path, to: header.layout.imageOffset + 2500)
    case .truncatedToNothing: try Self.truncate(path, to: 0)
    case .truncatedByOneByte: try Self.truncate(path, to: Data(contentsOf: URL(filePath: path)).count - 1)
    case .text: try Data("once upon a time".utf8).write(to: URL(filePath: path))
    case .missing: try FileManager.default.removeItem(atPath: path)
    }
  }

  static func flip(_ path: String, in dataset: String, at offset: Int) throws {
    let start = try { () throws in
      let file = try HDF5File(reading: path)
      return try HDF5Dataset(opening: dataset, in: file).offset
    }()
    try flip(path, at: start + offset)
  }

  static func flip(_ path: String, at offset: Int) throws {
    let file = try FileHandle(forUpdating: URL(filePath: path))
    defer { try? file.close() }
    try file.seek(toOffset: UInt64(offset))
    let byte = try #require(try file.read(upToCount: 1)?.first)
    try file.seek(toOffset: UInt64(offset))
    try file.write(contentsOf: Data([byte ^ 0x01]))
  }

  /// The ranges in which the HDF5 library stores strings of variable length.
  static func stringHeaps(of file: Data) -> [Range<Int>] {
    var heaps: [Range<Int>] = []
    var start = 0
    while let found = file.range(of: Data("GCOL".utf8), in: start..<file.count) {
      heaps.append(found.lowerBound..<found.lowerBound + 4096)
      start = found.upperBound
    }
    return heaps
  }

  static func truncate(_ path: String, to size: Int) throws {
    let file = try FileHandle(forUpdating: URL(filePath: path))
    defer { try? file.close() }
    try file.truncate(atOffset: UInt64(size))
  }

  private static func bytes<Number: BitwiseCopyable>(_ number: Number) -> Data {
    withUnsafeBytes(of: number) { Data($0) }
  }

  private static func place(of bytes: Data, in path: String) throws -> Int {
    try #require(try Data(contentsOf: URL(filePath: path)).range(of: bytes)?.lowerBound)
  }
}

extension Recipe {
  /// A small recipe whose seed and weight can be found in a file's bytes.
  static func findable(samples: Int = 10, dtype: DType = .float32) throws(DatasetError) -> Recipe {
    try small(weights: [0.7890625, 1.25], dtype: dtype, seed: 1_234_567, samples: samples)
  }
}
