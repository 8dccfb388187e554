import Foundation

/// The pixels of a dataset mapped into memory as stored: all shards, one after the other, read-only.
///
/// Reading them after a file has been truncated terminates the process with SIGBUS.
package final class PixelMapping: @unchecked Sendable {
  // Sendable: the addresses do not change, and the pages are read-only.

  /// The start of the first sample's pixels.
  package let pixels: UnsafeRawPointer
  /// The size of all pixels, in bytes.
  package let byteCount: Int
  private let pages: UnsafeMutableRawPointer
  private let pageBytes: Int

  /// Maps the pixels; nil if the pixels of several shards do not fill whole pages, so that they cannot be mapped
  /// contiguously.
  ///
  /// - Throws: ``DatasetError`` with code `.unfinished`, `.invalidFile`, `.fileSystem` or `.memory`.
  package init?(_ dataset: DatasetReader) throws(DatasetError) {
    guard dataset.isFinished, let first = dataset.shards.first else {
      throw DatasetError(.unfinished, "\(dataset.header.path): is unfinished; only single samples of it can be read")
    }
    let page = Int(getpagesize())
    let lead = first.layout.imageOffset % page
    var parts: [(shard: ShardHeader, position: Int)] = []
    var end = lead
    for shard in dataset.shards {
      parts.append((shard, end))
      end += shard.layout.pixels.count
    }
    for (shard, position) in parts.dropFirst() {
      guard position.isMultiple(of: page), shard.layout.imageOffset.isMultiple(of: page) else { return nil }
    }

    // Reserve one address range, which the mappings of the files then replace.
    guard let pages = mmap(nil, end, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), pages != MAP_FAILED
    else { throw DatasetError(.memory, "\(dataset.header.path): cannot map \(byteText(end)) of pixels into memory") }
    do throws(DatasetError) {
      for (shard, position) in parts {
        let before = position == lead ? lead : 0
        try Self.map(shard, before: before, to: pages + (position - before))
      }
    } catch {
      munmap(pages, end)
      throw error
    }
    (self.pages, pageBytes) = (pages, end)
    pixels = UnsafeRawPointer(pages + lead)
    byteCount = end - lead
  }

  deinit { munmap(pages, pageBytes) }

  /// - Parameter before: the number of bytes before the pixels to map too, so that the mapping starts at a page.
  private static func map(
    _ shard: ShardHeader, before: Int, to place: UnsafeMutableRawPointer
  ) throws(DatasetError) {
    let file = try OpenedFile(shard.path)
    let range = shard.layout.pixels
    guard file.size >= range.upperBound else {
      throw DatasetError(
        .invalidFile, "\(shard.path): has \(byteText(file.size)), expected at least \(byteText(range.upperBound))")
    }
    guard file.map(range.lowerBound - before..<range.upperBound, to: place) else {
      throw .system("\(shard.path): cannot map its pixels into memory")
    }
  }
}
