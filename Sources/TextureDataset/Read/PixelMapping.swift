import Foundation

/// The pixels of a dataset in the process's memory, as its files have them: all shards, one behind the other, read-only.
///
/// Reading them after a file has been shortened ends the process with SIGBUS.
package final class PixelMapping: @unchecked Sendable {
  // Sendable: the addresses do not change, and nobody can write to the pages.

  /// Where the first sample's pixels begin.
  package let pixels: UnsafeRawPointer
  /// The bytes of all pixels.
  package let byteCount: Int
  private let pages: UnsafeMutableRawPointer
  private let pageBytes: Int

  /// - Throws: ``DatasetError``; nil is returned where the pixels of several shards do not fill whole pages, which cannot be
  ///   mapped one behind the other.
  package init?(_ dataset: DatasetReader) throws(DatasetError) {
    guard dataset.isFinished, let first = dataset.shards.first else {
      throw DatasetError(.unfinished, "\(dataset.header.path): is unfinished, and was opened for looking at it only")
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

    // The place for all of them, which the files' pages then take.
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

  /// - Parameter before: bytes of the file before its pixels that are mapped too, since pages are whole.
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
