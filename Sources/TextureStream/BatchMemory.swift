import GaussianField

/// The memory of one batch.
final class BatchMemory: @unchecked Sendable {
  // Sendable: the buffer itself never changes; the ring decides which thread writes to which part of its memory.
  private let buffer: AlignedBuffer<Float>

  /// - Parameter count: floats.
  /// - Throws: ``AllocationError``.
  init(count: Int) throws(AllocationError) { buffer = try AlignedBuffer(count: count) }

  /// The first float, aligned to 4096 bytes; valid as long as this object lives.
  var pointer: UnsafeMutablePointer<Float> { buffer.pointer }
}

/// Whose the memory of a batch is, once the consumer has it.
public enum BatchMemoryOwner: Sendable {
  /// The ring's, which has no more than its size: a consumer that holds all its batches gets an error.
  case ring
  /// The batch's own: a consumer may hold as many as there is memory for. That of batches that were let go is used again.
  case batch
}
