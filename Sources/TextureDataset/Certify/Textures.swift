import CSpectralKernels
import Foundation
import GaussianField

/// Textures stored one after the other in files, made by gpgen or by another program.
struct Textures: Sendable {
  /// The type of a stored pixel, little-endian.
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
    /// The offset of the first sample, in bytes.
    let offset: Int
    /// The stored checksums; nil if the file has none.
    let checksums: [UInt32]?
  }

  /// The number of pixels in a texture.
  let pixels: Int
  let element: Element
  /// In the order of their samples, which are consecutive.
  let parts: [Part]

  /// The range of all samples.
  var samples: Range<Int> { (parts.first?.samples.lowerBound ?? 0)..<(parts.last?.samples.upperBound ?? 0) }
  /// The size of a sample, in bytes.
  var bytesPerSample: Int { pixels * element.bytes }

  /// The textures of a dataset.
  ///
  /// - Throws: ``DatasetError`` if a file cannot be read.
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

  /// A thread's memory for reading samples.
  struct Workspace: ~Copyable {
    fileprivate let bytes: AlignedBuffer<UInt8>

    /// - Throws: ``DatasetError`` with code `.memory`.
    init(for textures: Textures) throws(DatasetError) {
      // float32 is read directly into the output.
      let count = textures.element == .float32 ? 0 : textures.bytesPerSample
      bytes = try allocating { () throws(AllocationError) in try AlignedBuffer(count: count) }
    }
  }

  /// Reads a sample. Thread-safe if each thread has its own workspace.
  ///
  /// - Parameters:
  ///   - sample: one of ``samples``.
  ///   - output: has space for its pixels.
  ///   - workspace: created for these textures.
  /// - Returns: the CRC-32C of its bytes.
  /// - Throws: ``DatasetError`` if it cannot be read or does not match its checksum.
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
