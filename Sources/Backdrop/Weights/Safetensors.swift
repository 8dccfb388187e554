import Documents
import Foundation
import TextureDataset

/// A file of named float32 tensors, as `safetensors.torch.load_file` reads and `save_file` writes.
///
/// - Source: the format in https://huggingface.co/docs/safetensors: the header's length (8 bytes, little-endian), the
///   header (JSON: each tensor's type, shape and position), and the tensors' bytes one after the other.
public struct Safetensors: Sendable {
  /// One tensor.
  public struct Tensor: Equatable, Sendable {
    /// The tensor's name, such as "0.weight".
    public let name: String
    /// The tensor's shape; empty for a scalar.
    public let shape: [Int]
    /// The elements, row-major.
    public let values: [Float]

    /// - Precondition: the number of values is the product of the shape.
    public init(name: String, shape: [Int], values: [Float]) {
      precondition(
        shape.allSatisfy { $0 >= 0 } && values.count == shape.reduce(1, *), "\(name): expected a value for each element"
      )
      self.name = name
      self.shape = shape
      self.values = values
    }
  }

  /// The tensors, in the order of their bytes in the file.
  public let tensors: [Tensor]
  /// The file's metadata.
  public let metadata: [String: String]

  /// The tensor with a name; nil if there is none.
  public func tensor(named name: String) -> Tensor? { tensors.first { $0.name == name } }

  /// Reads a whole file. The file may come from an untrusted source: inconsistent contents are refused. Blocks while it
  /// reads.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidFile` or `.fileSystem`.
  public init(reading path: String) throws(BackdropError) {
    let file: OpenedFile
    do {
      file = try OpenedFile(path, expected: "weights in safetensors")
    } catch {
      throw BackdropError(file: error)
    }
    let header = try SafetensorsHeader(reading: file, path: path)
    var tensors: [Tensor] = []
    tensors.reserveCapacity(header.entries.count)
    for entry in header.entries {
      var values = try file.values(Float(0), count: entry.count, at: header.dataOffset + entry.range.lowerBound)
      // Changes nothing on little-endian machines, the only ones tested.
      for i in values.indices { values[i] = Float(bitPattern: UInt32(littleEndian: values[i].bitPattern)) }
      tensors.append(Tensor(name: entry.name, shape: entry.shape, values: values))
    }
    self.tensors = tensors
    metadata = header.metadata
  }

  /// Replaces a file atomically: after an interruption it has either the old contents or the new. Blocks while it
  /// writes.
  ///
  /// - Parameters:
  ///   - tensors: the tensors, with distinct names, in the order of their bytes.
  ///   - metadata: the file's metadata.
  ///   - path: the path of the file.
  /// - Throws: ``BackdropError`` with code `.fileSystem` or `.memory`; the file is then unchanged.
  public static func write(_ tensors: [Tensor], metadata: [String: String], to path: String) throws(BackdropError) {
    // The bytes, and a copy of one tensor's.
    let counts = tensors.map(\.values.count)
    try checkRoom(for: counts.reduce(0, +) + (counts.max() ?? 0))
    do {
      try replaceFile(path, with: bytes(of: tensors, metadata: metadata))
    } catch {
      throw BackdropError(file: error)
    }
  }

  /// The bytes of a file. Equal tensors and metadata give equal bytes.
  ///
  /// - Precondition: the names are distinct, and none is `__metadata__`.
  static func bytes(of tensors: [Tensor], metadata: [String: String]) -> [UInt8] {
    var members: [String: CanonicalJSON] = [:]
    if !metadata.isEmpty { members[SafetensorsHeader.metadataKey] = .object(metadata.mapValues { .string($0) }) }
    var offset = 0
    for tensor in tensors {
      precondition(
        tensor.name != SafetensorsHeader.metadataKey && members[tensor.name] == nil,
        "\(tensor.name): name already in use")
      let end = offset + MemoryLayout<Float>.size * tensor.values.count
      members[tensor.name] = .object([
        "dtype": .string("F32"),
        "shape": .array(tensor.shape.map { .number(Double($0)) }),
        "data_offsets": .array([.number(Double(offset)), .number(Double(end))]),
      ])
      offset = end
    }
    var header = Array(CanonicalJSON.object(members).text.utf8)
    // The tensors must begin at a multiple of 8 bytes.
    while !header.count.isMultiple(of: 8) { header.append(UInt8(ascii: " ")) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + offset)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: header)
    for tensor in tensors {
      // Not a key path, which would be evaluated dynamically for every element.
      let values = tensor.values.map { $0.bitPattern.littleEndian }
      values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
    return bytes
  }
}

extension BackdropError {
  /// Converts an error of a file to one of this module.
  init(file error: DatasetError) {
    self.init(error.code == .invalidFile ? .invalidFile : .fileSystem, error.message, cause: error)
  }
}
