import Documents
import Foundation
import TextureDataset

/// A file of named float32 tensors, as `safetensors.torch.load_file` reads and `save_file` writes.
///
/// - Source: the format in https://huggingface.co/docs/safetensors: a header's length (8 bytes, little-endian), the header
///   (JSON: for each tensor its type, shape and place), the tensors' bytes one after the other.
public struct Safetensors: Sendable {
  /// One tensor.
  public struct Tensor: Equatable, Sendable {
    /// "0.weight", say.
    public let name: String
    /// Empty for a single number.
    public let shape: [Int]
    /// Row-major.
    public let values: [Float]

    /// - Precondition: as many values as the shape's product.
    public init(name: String, shape: [Int], values: [Float]) {
      precondition(
        shape.allSatisfy { $0 >= 0 } && values.count == shape.reduce(1, *), "\(name): expected a value for each element"
      )
      self.name = name
      self.shape = shape
      self.values = values
    }
  }

  /// In the order of the file's bytes.
  public let tensors: [Tensor]
  /// What the file says about itself: any texts.
  public let metadata: [String: String]

  /// The tensor of that name, where there is one.
  public func tensor(named name: String) -> Tensor? { tensors.first { $0.name == name } }

  /// Reads a whole file, which may come from anywhere: what does not fit together is refused. Blocks while it
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
      // On little-endian machines, which are all that this has run on, nothing changes.
      for i in values.indices { values[i] = Float(bitPattern: UInt32(littleEndian: values[i].bitPattern)) }
      tensors.append(Tensor(name: entry.name, shape: entry.shape, values: values))
    }
    self.tensors = tensors
    metadata = header.metadata
  }

  /// Writes a file so that its name holds the old contents or the new, whatever happens in between. Blocks while it writes.
  ///
  /// - Parameters:
  ///   - tensors: each of another name; their bytes stand in this order.
  ///   - metadata: what the file says about itself.
  ///   - path: of the file.
  /// - Throws: ``BackdropError`` with code `.fileSystem` or `.memory`; then the file is as it was.
  public static func write(_ tensors: [Tensor], metadata: [String: String], to path: String) throws(BackdropError) {
    // The bytes, and one tensor's again on their way there.
    let counts = tensors.map(\.values.count)
    try checkRoom(for: counts.reduce(0, +) + (counts.max() ?? 0))
    do {
      try replaceFile(path, with: bytes(of: tensors, metadata: metadata))
    } catch {
      throw BackdropError(file: error)
    }
  }

  /// The bytes of a file; the same for the same tensors.
  ///
  /// - Precondition: no two tensors have one name, and none is called `__metadata__`.
  static func bytes(of tensors: [Tensor], metadata: [String: String]) -> [UInt8] {
    var members: [String: CanonicalJSON] = [:]
    if !metadata.isEmpty { members[SafetensorsHeader.metadataKey] = .object(metadata.mapValues { .string($0) }) }
    var offset = 0
    for tensor in tensors {
      precondition(
        tensor.name != SafetensorsHeader.metadataKey && members[tensor.name] == nil, "\(tensor.name): a name in use")
      let end = offset + MemoryLayout<Float>.size * tensor.values.count
      members[tensor.name] = .object([
        "dtype": .string("F32"),
        "shape": .array(tensor.shape.map { .number(Double($0)) }),
        "data_offsets": .array([.number(Double(offset)), .number(Double(end))]),
      ])
      offset = end
    }
    var header = Array(CanonicalJSON.object(members).text.utf8)
    // The tensors begin at a multiple of 8 bytes.
    while !header.count.isMultiple(of: 8) { header.append(UInt8(ascii: " ")) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + offset)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: header)
    for tensor in tensors {
      // A closure: a key path of two parts is followed anew for every element.
      let values = tensor.values.map { $0.bitPattern.littleEndian }
      values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
    return bytes
  }
}

extension BackdropError {
  /// What went wrong with a file, in this module's terms.
  init(file error: DatasetError) {
    self.init(error.code == .invalidFile ? .invalidFile : .fileSystem, error.message, cause: error)
  }
}
