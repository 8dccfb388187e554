import Documents
import Foundation
import GaussianField

/// References to the byte ranges of a dataset's arrays, in kerchunk's format, version 1, which Zarr readers understand.
/// Each sample is a chunk; a contiguous HDF5 dataset by itself would be a single chunk.
///
/// - Source: the specification of fsspec's ReferenceFileSystem; the arrays follow Zarr, version 2.
public struct ChunkReferences: Sendable {
  private let dataset: DatasetReader
  private let prefix: String

  /// - Parameters:
  ///   - dataset: a finished dataset with all of its samples.
  ///   - prefix: is put before the file names, which have no folder: `https://host/folder/`.
  /// - Throws: ``DatasetError`` with code `.invalidFile` if only some of the dataset's shards were opened.
  public init(_ dataset: DatasetReader, prefix: String = "") throws(DatasetError) {
    guard dataset.samples == 0..<dataset.recipe.samples else {
      throw DatasetError(
        .invalidFile,
        "\(dataset.header.path): contains samples \(dataset.samples.lowerBound) to \(dataset.samples.upperBound - 1) of"
          + " \(dataset.recipe.samples); give the dataset's index or folder")
    }
    self.dataset = dataset
    self.prefix = prefix
  }

  /// Writes the file, replacing an existing one.
  public func write(to path: String) throws(DatasetError) { try replaceFile(path, with: bytes) }

  /// The file's bytes, a pure function of dataset and prefix.
  var bytes: [UInt8] {
    get throws(DatasetError) {
      var text = "{\"version\":1,\"refs\":{"
      text += Self.member(".zgroup", CanonicalJSON.object(["zarr_format": .number(2)]).text)
      text += "," + Self.member(".zattrs", CanonicalJSON.object(attributes).text)
      let schema = ShardSchema(dataset.recipe, samples: dataset.samples)
      for entry in schema.datasets {
        let perSample = entry.name == schema.image.name
        text += "," + Self.member("\(entry.name)/.zarray", Self.array(entry, chunkPerRow: perSample).text)
        text += "," + Self.member("\(entry.name)/.zattrs", Self.attributes(of: entry).text)
        if perSample {
          appendPixels(entry, to: &text)
        } else {
          try appendWhole(entry, schema, to: &text)
        }
      }
      return Array((text + "}}\n").utf8)
    }
  }

  private var attributes: [String: CanonicalJSON] {
    let header = dataset.header
    let stored = ShardSchema.attributes(
      of: header.recipe, shardCount: header.shardCount, shard: header.kind == .shard ? header.shardIndex : nil,
      embedding: header.embedding)
    return Dictionary(uniqueKeysWithValues: stored.map { ($0.name, $0.value.json) })
  }

  /// A chunk for each sample, referring to its shard.
  private func appendPixels(_ entry: ShardSchema.Dataset, to text: inout String) {
    let rest = String(repeating: ".0", count: entry.shape.count - 1)
    for shard in dataset.shards {
      let file = Self.quoted(name(of: shard.path))
      for sample in shard.samples {
        text += ",\"\(entry.name)/\(sample)\(rest)\":[\(file),\(shard.layout.offset(ofSample: sample)),"
        text += "\(shard.layout.bytesPerSample)]"
      }
    }
  }

  /// One chunk: a reference if one file contains the array at a known offset, else inline data.
  private func appendWhole(
    _ entry: ShardSchema.Dataset, _ schema: ShardSchema, to text: inout String
  ) throws(DatasetError) {
    let key = "\(entry.name)/" + entry.shape.map { _ in "0" }.joined(separator: ".")
    let layout = dataset.header.layout
    let offset = [schema.label.name: layout.labelOffset, schema.checksum.name: layout.checksumOffset][entry.name]
    if let offset, dataset.header.kind == .index || dataset.shards.count == 1 {
      let bytes = entry.bytesPerRow * entry.shape[0]
      text += ",\(Self.quoted(key)):[\(Self.quoted(name(of: dataset.header.path))),\(offset),\(bytes)]"
      return
    }
    var data = Data()
    if entry.name == schema.checksum.name {
      for shard in dataset.shards {
        for checksum in try SampleFile(shard).checksums() {
          withUnsafeBytes(of: checksum.littleEndian) { data.append(contentsOf: $0) }
        }
      }
    } else {
      try entry.forEachPiece { _, bytes in data.append(contentsOf: bytes) }
    }
    text += "," + Self.member(key, "base64:" + data.base64EncodedString())
  }

  private func name(of path: String) -> String { prefix + (path.split(separator: "/").last.map(String.init) ?? path) }

  // MARK: JSON

  private static func quoted(_ text: String) -> String { CanonicalJSON.string(text).text }

  private static func member(_ key: String, _ value: String) -> String { "\(quoted(key)):\(quoted(value))" }

  private static func array(_ entry: ShardSchema.Dataset, chunkPerRow: Bool) -> CanonicalJSON {
    func numbers(_ values: [Int]) -> CanonicalJSON { .array(values.map { .number(Double($0)) }) }
    return .object([
      "zarr_format": .number(2), "shape": numbers(entry.shape),
      "chunks": numbers(chunkPerRow ? [1] + entry.shape.dropFirst() : entry.shape),
      "dtype": .string(entry.type.zarrName), "order": .string("C"), "compressor": .null, "filters": .null,
      "fill_value": .null,
    ])
  }

  private static func attributes(of entry: ShardSchema.Dataset) -> CanonicalJSON {
    var members: [String: CanonicalJSON] = [
      "_ARRAY_DIMENSIONS": .array(entry.axes.map { .string($0.name) }), "long_name": .string(entry.longName),
    ]
    if let units = entry.units { members["units"] = .string(units) }
    return .object(members)
  }
}

extension ShardSchema.AttributeValue {
  /// The value as JSON. Integers beyond 2^53 would lose digits, but seeds are below that.
  fileprivate var json: CanonicalJSON {
    switch self {
    case .integer(let value): .number(Double(value))
    case .integers(let values): .array(values.map { .number(Double($0)) })
    case .unsigned(let value): .number(Double(value))
    case .double(let value): .number(value)
    case .doubles(let values): .array(values.map { .number($0) })
    case .string(let value): .string(value)
    case .strings(let values): .array(values.map { .string($0) })
    }
  }
}

extension HDF5ElementType {
  /// The type string of NumPy and of Zarr, version 2.
  fileprivate var zarrName: String {
    switch self {
    case .float32: "<f4"
    case .float16: "<f2"
    case .float64: "<f8"
    case .int64: "<i8"
    case .uint32: "<u4"
    case .uint64: "<u8"
    }
  }
}
