import Foundation
import GaussianField
import Synchronization

/// Holds every sample's pixels in a shard against the stored checksum, past the HDF5 library's lock.
///
/// Threads take runs of samples, read with `pread` in pieces that fit a processor's own cache: memory is one piece a
/// thread, whatever the shard's size.
struct ChecksumSweep {
  /// What a sample was found to be.
  enum Finding: Sendable, Equatable {
    /// The checksum of the pixels, which is not the stored one or is 0, the sign of an unfinished sample.
    case differs(UInt32)
    case unreadable
  }

  /// The stored checksums, one a sample.
  let stored: [UInt32]
  /// The samples that do not hold, by their index in the whole dataset.
  private(set) var bad: [Int: Finding] = [:]

  /// The samples that hold a checksum of 0: in an unfinished file, none of these is finished.
  func unfinished(from first: Int) -> [Int] {
    stored.indices.filter { stored[$0] == 0 && bad[first + $0] == nil }.map { first + $0 }
  }

  /// Small enough for the second-level cache, large enough that the system call is nothing.
  private static let pieceBytes = 1 << 20

  /// - Parameter report: called with the samples and bytes that were read, from any thread.
  /// - Throws: ``DatasetError`` with code `.interrupted` when `shouldContinue` says so; `.fileSystem` where the file cannot be
  ///   opened. What a disk does not give is a finding.
  init(
    _ header: ShardHeader, threads: Int, shouldContinue: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (_ samples: Int, _ bytes: Int) -> Void
  ) throws(DatasetError) {
    let stored = try header.checksums()
    self.stored = stored
    let file = try OpenedFile(header.path)
    let bytes = ShardStructure.bytesPerSample(of: header.recipe)
    let samplesPerRun = max(1, Self.pieceBytes / bytes)
    let runs = (stored.count + samplesPerRun - 1) / samplesPerRun
    let found = Mutex<[Int: Finding]>([:])
    try inParallel(runs, workers: min(threads, runs), shouldContinue: shouldContinue) { () throws(DatasetError) in
      let buffer = try ReadBuffer(count: min(Self.pieceBytes, samplesPerRun * bytes))
      return { run throws(DatasetError) in
        let piece = buffer.bytes
        let indices = run * samplesPerRun..<min((run + 1) * samplesPerRun, stored.count)
        let start = header.imageOffset + indices.lowerBound * bytes
        // One read for many small samples, many reads for a large one.
        let whole = indices.count * bytes <= piece.count
        var isRead = false
        if whole {
          let run = UnsafeMutableRawBufferPointer(rebasing: piece.prefix(indices.count * bytes))
          isRead = (try? file.read(run, at: start)) != nil
        }
        for index in indices {
          var checksum = CRC32C()
          var finding: Finding?
          if whole, isRead {
            let first = (index - indices.lowerBound) * bytes
            checksum.update(UnsafeRawBufferPointer(rebasing: piece[first..<first + bytes]))
          } else {
            for position in stride(from: 0, to: bytes, by: piece.count) {
              guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
              let part = UnsafeMutableRawBufferPointer(rebasing: piece.prefix(bytes - position))
              do throws(DatasetError) {
                try file.read(part, at: header.imageOffset + index * bytes + position)
              } catch {
                finding = .unreadable
                break
              }
              checksum.update(UnsafeRawBufferPointer(part))
            }
          }
          if finding == nil, checksum.value != stored[index] { finding = .differs(checksum.value) }
          if let finding { found.withLock { $0[header.samples.lowerBound + index] = finding } }
        }
        report(indices.count, indices.count * bytes)
      }
    }
    bad = found.withLock { $0 }
  }
}
