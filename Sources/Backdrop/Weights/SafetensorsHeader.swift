import Documents
import Foundation
import TextureDataset

/// The header of a safetensors file, checked against the file's size.
struct SafetensorsHeader {
  /// A tensor's name, shape and position.
  struct Entry {
    let name: String
    let shape: [Int]
    /// The range of its bytes, relative to ``SafetensorsHeader/dataOffset``.
    let range: Range<Int>

    /// The number of elements.
    var count: Int { range.count / MemoryLayout<Float>.size }
  }

  /// The only key that is not a tensor's name.
  static let metadataKey = "__metadata__"
  /// The format's own limit, in bytes.
  private static let maximum = 100_000_000
  /// The limit of NumPy and PyTorch.
  private static let maximumAxes = 64

  /// The tensors, in the order of their bytes, which cover all of the data.
  let entries: [Entry]
  let metadata: [String: String]
  /// The offset of the first tensor, in bytes.
  let dataOffset: Int

  /// - Throws: ``BackdropError`` with code `.invalidFile`.
  init(reading file: OpenedFile, path: String) throws(BackdropError) {
    let size = file.size
    guard size >= 8 else {
      throw BackdropError(.invalidFile, "\(path): has \(counted(size, "byte")), too few for a safetensors file")
    }
    // Everything is read into memory; a sparse file can claim any size.
    let memory = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
    guard size <= memory / 2 else {
      throw BackdropError(
        .invalidFile,
        "\(path): has \(byteText(size)), more than half of this machine's \(byteText(memory)) of memory; expected a"
          + " network's weights")
    }
    let length = try file.values(UInt8(0), count: 8, at: 0).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(Self.maximum) else {
      throw BackdropError(
        .invalidFile,
        "\(path): its first 8 bytes claim a header of \(length) bytes, more than safetensors allows; the file has another"
          + " format")
    }
    guard Int(length) <= size - 8 else {
      throw BackdropError(
        .invalidFile,
        "\(path): claims a header of \(length) bytes, but only \(size - 8) follow; the file was truncated, or has"
          + " another format")
    }
    dataOffset = 8 + Int(length)
    let bytes = try file.values(UInt8(0), count: Int(length), at: 8)
    let (claims, metadata) = try Self.parse(bytes, path: path)
    self.metadata = metadata
    entries = try Self.entries(of: claims, dataSize: size - dataOffset, path: path)
  }

  /// A tensor as the header describes it, unchecked.
  private struct Claim {
    let name: String
    var dtype: String?
    var shape: [Int]?
    var offsets: [Int]?
  }

  private static func parse(
    _ bytes: [UInt8], path: String
  ) throws(BackdropError) -> (claims: [Claim], metadata: [String: String]) {
    var text = HeaderText(bytes, path: path)
    var claims: [Claim] = []
    var metadata: [String: String] = [:]
    // The format allows white space after the object, but none before it.
    guard bytes.first == UInt8(ascii: "{") else { throw text.error("expected \"{\"") }
    try text.readObject { name, text throws(BackdropError) in
      guard name != metadataKey else {
        try text.readObject { key, text throws(BackdropError) in metadata[key] = try text.readString() }
        return
      }
      var claim = Claim(name: name)
      try text.readObject { key, text throws(BackdropError) in
        switch key {
        case "dtype": claim.dtype = try text.readString()
        case "shape": claim.shape = try text.readNumbers(atMost: maximumAxes)
        case "data_offsets": claim.offsets = try text.readNumbers(atMost: 2)
        default:
          throw text.error("the tensor \(name.quoted) has \(key.quoted), expected only dtype, shape and data_offsets")
        }
      }
      claims.append(claim)
    }
    try text.expectEnd()
    return (claims, metadata)
  }

  /// Checks types and shapes, and that the tensors cover the data without gap or overlap.
  private static func entries(of claims: [Claim], dataSize: Int, path: String) throws(BackdropError) -> [Entry] {
    var entries: [Entry] = []
    entries.reserveCapacity(claims.count)
    for claim in claims {
      let named = "\(path): the tensor \(claim.name.quoted)"
      guard let dtype = claim.dtype, let shape = claim.shape, let offsets = claim.offsets else {
        throw BackdropError(.invalidFile, "\(named) lacks a dtype, shape or data_offsets")
      }
      guard dtype == "F32" else {
        throw BackdropError(
          .invalidFile,
          "\(named) is of type \(dtype.quoted), expected F32; convert it in Python: save_file({k: v.float() for k, v in load_file(old).items()}, new)"
        )
      }
      guard offsets.count == 2, offsets[0] <= offsets[1], offsets[1] <= dataSize else {
        throw BackdropError(
          .invalidFile,
          "\(named) is at bytes \(offsets) of \(dataSize); the file was truncated, or its header is damaged"
        )
      }
      var bytes = MemoryLayout<Float>.size
      var overflow = false
      for extent in shape where !overflow { (bytes, overflow) = bytes.multipliedReportingOverflow(by: extent) }
      guard !overflow, bytes == offsets[1] - offsets[0] else {
        throw BackdropError(
          .invalidFile, "\(named) of shape \(shape) has \(offsets[1] - offsets[0]) bytes, expected 4 for each element")
      }
      entries.append(Entry(name: claim.name, shape: shape, range: offsets[0]..<offsets[1]))
    }
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        throw BackdropError(
          .invalidFile,
          "\(path): the tensor \(entry.name.quoted) begins at byte \(entry.range.lowerBound), expected \(end): tensors must follow each other without gaps or overlaps"
        )
      }
      end = entry.range.upperBound
    }
    guard end == dataSize else {
      throw BackdropError(.invalidFile, "\(path): its tensors have \(end) bytes, but \(dataSize) follow the header")
    }
    return entries
  }
}
