/// Memory that the system does not give; the message says how much was asked for and what to do.
public struct AllocationError: Error, Equatable, CustomStringConvertible, Sendable {
  /// The bytes asked for; none where their number is beyond what a process can address.
  public let bytes: Int?
  /// How much was asked for and what to do.
  public let message: String

  /// The message.
  public var description: String { message }

  /// - Parameter bytes: asked for; none where their number is beyond what a process can address.
  public init(bytes: Int?) {
    self.bytes = bytes
    let asked = bytes.map { $0 < 1 << 20 ? "\($0) bytes" : "\(($0 + (1 << 20) - 1) >> 20) MiB" }
    message =
      "out of memory: the system does not give \(asked ?? "more bytes than can be addressed"); "
      + "raise the memory limit, or choose smaller textures, smaller batches or fewer threads"
  }

  /// Too little address space for the program to begin at all.
  package init(reserve bytes: Int) {
    self.bytes = bytes
    message =
      "out of memory: the program needs \(bytes >> 20) MiB of address space for its threads and small objects, beyond "
      + "what its code takes; raise the limit (ulimit -v)"
  }
}
