import CSpectralKernels
import Foundation
import GaussianField

/// Textures in files, one after the other as they stand there: a dataset's, or somebody else's.
struct Textures: Sendable {
  /// How a pixel is stored, little-endian.
  enum Element: Sendable {
    case float16, float32, float64

    var bytes: Int {
      switch self {
      case .float16: 2
      case .float32: 4
      case .float64: 8
      }
    }
  }

  /// Some of the samples, in one file.
  struct Part: Sendable {
    let samples: Range<Int>
    let file: any ReadableFile
    /// Where the first sample begins, in bytes.
    let offset: Int
    /// The stored checksums; none where the file has none.
    let checksums: [UInt32]?
  }

  /// The pixels of a texture.
  let pixels: Int
  let element: Element
  /// In the order of their samples, which follow one another.
  let parts: [Part]

  /// The samples there are.
  var samples: Range<Int> { (parts.first?.samples.lowerBound ?? 0)..<(parts.last?.samples.upperBound ?? 0) }
  /// The bytes of a sample.
  var bytesPerSample: Int { pixels * element.bytes }

  /// The textures of a dataset.
  ///
  /// - Throws: ``DatasetError`` where a file cannot be read.
  init(_ dataset: DatasetReader) throws(DatasetError) {
    try raiseOpenFileLimit(to: dataset.shards.count)
    var parts: [Part] = []
    for shard in dataset.shards {
      let file = try OpenedFile(shard.path)
      parts.append(
        Part(
          samples: shard.samples, file: file, offset: shard.layout.imageOffset,
          checksums: try SampleFile(file, layout: shard.layout).checksums()))
    }
    self.init(
      pixels: dataset.recipe.field.shape.pixels, element: dataset.recipe.dtype == .float16 ? .float16 : .float32,
      parts: parts)
  }

  init(pixels: Int, element: Element, parts: [Part]) {
    self.pixels = pixels
    self.element = element
    self.parts = parts
  }

  /// Memory for reading one sample after the other.
  struct Workspace: ~Copyable {
    fileprivate let bytes: AlignedBuffer<UInt8>

    /// - Throws: ``DatasetError`` with code `.memory`.
    init(for textures: Textures) throws(DatasetError) {
      // float32 is read to where it is wanted.
      let count = textures.element == .float32 ? 0 : textures.bytesPerSample
      bytes = try allocating { () throws(AllocationError) in try AlignedBuffer(count: count) }
    }
  }

  /// Reads a sample. Safe from several threads, each with a workspace of its own.
  ///
  /// - Parameters:
  ///   - sample: among ``samples``.
  ///   - output: room for its pixels.
  ///   - workspace: of these textures.
  /// - Returns: the CRC-32C of its bytes.
  /// - Throws: ``DatasetError`` where it cannot be read, or where its bytes are not those of its checksum.
  func read(
    sample: Int, into output: UnsafeMutablePointer<Float>, in workspace: borrowing Workspace
  ) throws(DatasetError) -> UInt32 {
    var (low, high) = (0, parts.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sample < parts[middle].samples.upperBound { high = middle } else { low = middle + 1 }
    }
    let part = parts[low]
    let index = sample - part.samples.lowerBound
    let target =
      element == .float32 ? UnsafeMutableRawPointer(output) : UnsafeMutableRawPointer(workspace.bytes.pointer)
    let bytes = UnsafeMutableRawBufferPointer(start: target, count: bytesPerSample)
    try part.file.read(bytes, at: part.offset + index * bytesPerSample)
    let checksum = CRC32C.of(UnsafeRawBufferPointer(bytes))
    if let stored = part.checksums?[index], stored != checksum {
      throw DatasetError(
        .invalidFile,
        "\(part.file.path): sample \(sample) does not match its checksum; run `gpgen repair` first")
    }
    switch element {
    case .float16: gpgen_half_to_float(target.assumingMemoryBound(to: UInt16.self), output, pixels)
    case .float32: break
    case .float64:
      let doubles = target.assumingMemoryBound(to: Double.self)
      for k in 0..<pixels { output[k] = Float(doubles[k]) }
    }
    return checksum
  }
}
