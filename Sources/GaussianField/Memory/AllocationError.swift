/// A failed allocation. The message says how much was requested and what to do.
public struct AllocationError: Error, Equatable, CustomStringConvertible, Sendable {
  /// The number of bytes requested; nil if it exceeds the address space.
  public let bytes: Int?
  /// How much was requested and what to do.
  public let message: String

  /// The message.
  public var description: String { message }

  /// - Parameter bytes: the number of bytes requested; nil if it exceeds the address space.
  public init(bytes: Int?) {
    self.bytes = bytes
    let requested = bytes.map { bytes in
      bytes < 1 << 20 ? "\(bytes) byte\(bytes == 1 ? "" : "s")" : "\((bytes + (1 << 20) - 1) >> 20) MiB"
    }
    message =
      "out of memory: cannot allocate \(requested ?? "more bytes than can be addressed"); "
      + "raise the memory limit, or choose smaller textures, smaller batches or fewer threads"
  }

  /// Too little address space for the program to start.
  package init(reserve bytes: Int) {
    self.bytes = bytes
    message =
      "out of memory: the program needs \(bytes >> 20) MiB of address space for its threads and small objects, in addition "
      + "to its code; raise the limit (ulimit -v)"
  }
}
