import Foundation
import Synchronization

/// Handles Ctrl-C, SIGTERM and SIGHUP: the first signal asks the work to stop; a later one ends the process as usual.
enum StopSignal {
  private static let received = Atomic<Int32>(0)
  /// The time of the first signal, in seconds of the monotonic clock.
  private static let time = Atomic<Int>(0)

  /// The number of the received signal; 0 for none.
  static var number: Int32 { received.load(ordering: .relaxed) }

  /// Whether a signal has asked the work to stop.
  static var isReceived: Bool { number != 0 }

  /// Installs the signal handlers.
  static func listen() {
    _ = (number, time.load(ordering: .relaxed))  // Initializes the atomics outside the handler.
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let previous = signal(number) { number in
        // Async-signal-safe calls only. A signal often arrives twice at once: for the process and for its group.
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
      // A signal that nohup or a shell ignores stays ignored.
      if let previous, unsafeBitCast(previous, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        signal(number, SIG_IGN)
      }
    }
  }
}
