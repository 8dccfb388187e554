import GaussianField

/// The memory of one batch.
final class BatchMemory: @unchecked Sendable {
  // Sendable: the buffer itself never changes; the ring decides which thread writes to which part of its memory.
  private let buffer: AlignedBuffer<Float>

  /// - Parameter count: the number of floats.
  /// - Throws: ``AllocationError``.
  init(count: Int) throws(AllocationError) { buffer = try AlignedBuffer(count: count) }

  /// The first float, aligned to 4096 bytes; valid as long as this object lives.
  var pointer: UnsafeMutablePointer<Float> { buffer.pointer }
}

/// The owner of a batch's memory after delivery.
public enum BatchMemoryOwner: Sendable {
  /// The ring owns a fixed number of batches; a consumer that holds all of them gets an error.
  case ring
  /// The batch owns its memory, so a consumer may hold as many as fit into memory. Memory of released batches is
  /// reused.
  case batch
}
