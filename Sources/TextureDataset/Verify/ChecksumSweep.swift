import Foundation
import GaussianField
import Synchronization

/// Checks the pixels of every sample in a shard against the stored checksum, without the HDF5 library.
///
/// Threads take runs of samples, read with `pread` in pieces that fit a core's cache: memory is one piece per thread,
/// whatever the shard's size.
struct ChecksumSweep {
  /// What is wrong with a sample.
  enum Finding: Sendable, Equatable {
    /// The pixels have this checksum, not the stored one, which may be 0, the mark of an unfinished sample.
    case differs(UInt32)
    case unreadable
  }

  /// The stored checksums, one for each sample.
  let stored: [UInt32]
  /// The samples that do not match, by index in the whole dataset.
  private(set) var bad: [Int: Finding] = [:]

  /// The samples whose pixels match a stored checksum of 0. In an unfinished file they count as unfinished.
  func unfinished(from first: Int) -> [Int] {
    stored.indices.filter { stored[$0] == 0 && bad[first + $0] == nil }.map { first + $0 }
  }

  /// - Throws: ``DatasetError`` with code `.interrupted` if `shouldContinue` returns false; `.fileSystem` if the file
  ///   cannot be opened. Pixels that cannot be read are a finding.
  init(
    _ header: ShardHeader, threads: Int, shouldContinue: @escaping @Sendable () -> Bool,
    progress: SweepProgress
  ) throws(DatasetError) {
    let file = try SampleFile(header)
    let stored = try file.checksums()
    self.stored = stored
    let bytes = file.layout.bytesPerSample
    let samplesPerRun = max(1, ReadBuffer.pieceBytes / bytes)
    let runs = (stored.count + samplesPerRun - 1) / samplesPerRun
    let found = Mutex<[Int: Finding]>([:])
    try inParallel(runs, workers: min(threads, runs), shouldContinue: shouldContinue) { () throws(DatasetError) in
      let buffer = try ReadBuffer(count: min(ReadBuffer.pieceBytes, samplesPerRun * bytes))
      return { run throws(DatasetError) in
        let indices = run * samplesPerRun..<min((run + 1) * samplesPerRun, stored.count)
        let first = file.samples.lowerBound + indices.lowerBound
        // One read for many small samples; sample by sample if that fails, or if samples are large.
        let whole = buffer.prefix(indices.count * bytes)
        let isRead = indices.count > 1 && (try? file.read(whole, sample: first)) != nil
        for (place, index) in indices.enumerated() {
          let checksum: UInt32?
          if isRead {
            checksum = CRC32C.of(UnsafeRawBufferPointer(rebasing: whole[place * bytes..<(place + 1) * bytes]))
          } else {
            checksum = try file.checksum(ofPixels: first + place, in: buffer) { _, _ throws(DatasetError) in
              guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
            }.value
          }
          guard checksum != stored[index] else { continue }
          found.withLock { $0[first + place] = checksum.map { .differs($0) } ?? .unreadable }
        }
        progress.add(samples: indices.count, bytes: indices.count * bytes)
      }
    }
    bad = found.withLock { $0 }
  }
}

/// The progress of the sweeps of one or several shards.
final class SweepProgress: Sendable {
  private let samples = Atomic(0)
  private let bytes = Atomic(0)
  private let total: Int
  private let report: @Sendable (DatasetGenerator.Progress) -> Void

  /// - Parameters:
  ///   - total: the number of samples in all sweeps.
  ///   - report: called from any thread.
  init(total: Int, report: @escaping @Sendable (DatasetGenerator.Progress) -> Void) {
    self.total = total
    self.report = report
  }

  func add(samples count: Int, bytes size: Int) {
    let done = samples.add(count, ordering: .relaxed).newValue
    let read = bytes.add(size, ordering: .relaxed).newValue
    report(DatasetGenerator.Progress(made: done, kept: 0, total: total, bytes: read))
  }
}
