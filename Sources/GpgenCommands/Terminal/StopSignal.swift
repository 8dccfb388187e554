import Foundation
import Synchronization

/// Ctrl-C, SIGTERM and SIGHUP: the first asks the work to stop; one that comes later, when that takes too long, ends the
/// process as usual.
enum StopSignal {
  private static let received = Atomic<Int32>(0)
  /// When the first came, in seconds of the monotonic clock.
  private static let time = Atomic<Int>(0)

  /// The signal that has come; 0 for none.
  static var number: Int32 { received.load(ordering: .relaxed) }

  /// Whether the work may go on.
  static var isQuiet: Bool { number == 0 }

  /// Begins to listen.
  static func listen() {
    _ = (number, time.load(ordering: .relaxed))  // Makes the atomics now, not in the handler.
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let previous = signal(number) { number in
        // Only what may be called in a handler. A signal is often sent twice at once: to the process, and to its group.
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        if StopSignal.received.load(ordering: .relaxed) == 0 {
          StopSignal.time.store(now.tv_sec, ordering: .relaxed)
          StopSignal.received.store(number, ordering: .relaxed)
        } else if now.tv_sec > StopSignal.time.load(ordering: .relaxed) {
          signal(number, SIG_DFL)
          raise(number)
        }
      }
      // What nohup or a shell has told to ignore stays ignored.
      if let previous, unsafeBitCast(previous, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        signal(number, SIG_IGN)
      }
    }
  }
}
