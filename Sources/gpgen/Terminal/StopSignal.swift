import Foundation
import Synchronization

/// Ctrl-C, SIGTERM and SIGHUP: the first asks the work to stop, a second ends the process as usual.
enum StopSignal {
  private static let received = Atomic<Int32>(0)

  /// The signal that has come; 0 for none.
  static var number: Int32 { received.load(ordering: .relaxed) }

  /// Whether the work may go on.
  static var isQuiet: Bool { number == 0 }

  /// Begins to listen.
  static func listen() {
    _ = number  // Makes the atomic now, not in the handler.
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let previous = signal(number) {
        StopSignal.received.store($0, ordering: .relaxed)
        signal($0, SIG_DFL)
      }
      // What nohup or a shell has told to ignore stays ignored.
      if let previous, unsafeBitCast(previous, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        signal(number, SIG_IGN)
      }
    }
  }
}
