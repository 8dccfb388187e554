import Foundation
import Synchronization

/// A live progress line on standard error, if that is a terminal.
final class ProgressLine: Sendable {
  private let live: Bool
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  private struct State {
    var shown: ContinuousClock.Instant?
    var isOnScreen = false
  }

  init(quiet: Bool) {
    live = !quiet && isatty(STDERR_FILENO) == 1
  }

  /// Shows a text, at most ten times a second. Can be called from any thread.
  ///
  /// - Parameter text: makes the text from the seconds since the line was created; called only when it is shown.
  func show(_ text: (_ seconds: Double) -> String) {
    guard live else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      if let shown = state.shown, now - shown < .milliseconds(100) { return }
      state.shown = now
      state.isOnScreen = true
      let seconds = max((now - start) / .seconds(1), 1e-9)
      Self.write("\r" + String(text(seconds).prefix(Self.columns - 1)) + "\u{1B}[K")
    }
  }

  /// Erases the line; the next text is shown immediately.
  func clear() {
    state.withLock { state in
      if state.isOnScreen { Self.write("\r\u{1B}[K") }
      state.isOnScreen = false
      state.shown = nil
    }
  }

  /// Seconds as "M:SS", or "H:MM:SS" from one hour on.
  static func clock(_ seconds: Int) -> String {
    seconds < 3600
      ? String(format: "%d:%02d", seconds / 60, seconds % 60)
      : String(format: "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
  }

  /// The width of the terminal.
  static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 ? Int(size.ws_col) : 80
  }

  /// Writes to standard error.
  static func write(_ text: String) {
    // A closed terminal is no reason to stop.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
