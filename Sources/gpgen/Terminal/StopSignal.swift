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
    for signal in [SIGINT, SIGTERM, SIGHUP] {
      var action = sigaction()
      var previous = sigaction()
      // What nohup or a shell has told to ignore stays ignored.
      guard sigaction(signal, nil, &previous) == 0,
        unsafeBitCast(previous.__sigaction_handler.sa_handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self)
      else { continue }
      action.__sigaction_handler.sa_handler = { StopSignal.received.store($0, ordering: .relaxed) }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
      _ = sigaction(signal, &action, nil)
    }
  }
}
