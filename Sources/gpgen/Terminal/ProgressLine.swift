import Foundation
import Synchronization
import TextureDataset

/// One live line on standard error, where that is a terminal; nothing elsewhere.
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

  /// Shows how far a run is, ten times a second at most. Safe from any thread.
  func show(_ progress: DatasetGenerator.Progress) {
    guard live else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      if let shown = state.shown, now - shown < .milliseconds(100) { return }
      state.shown = now
      state.isOnScreen = true
      write("\r" + String(text(progress, after: now - start).prefix(Self.columns - 1)) + "\u{1B}[K")
    }
  }

  /// Takes the line away.
  func clear() {
    state.withLock { state in
      if state.isOnScreen { write("\r\u{1B}[K") }
      state.isOnScreen = false
    }
  }

  private func text(_ progress: DatasetGenerator.Progress, after elapsed: Duration) -> String {
    let seconds = max(elapsed / .seconds(1), 1e-9)
    let done = progress.kept + progress.made
    var line = "\(done) of \(progress.total) samples"
    guard progress.made > 0 else { return line }
    line += String(
      format: "  %.4g/s  %.2f GB/s", Double(progress.made) / seconds, Double(progress.bytes) / seconds / 1e9)
    let left = Int((Double(progress.total - done) * seconds / Double(progress.made)).rounded(.up))
    return line + "  \(Self.clock(left)) left"
  }

  private static func clock(_ seconds: Int) -> String {
    seconds < 3600
      ? String(format: "%d:%02d", seconds / 60, seconds % 60)
      : String(format: "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
  }

  private static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 ? Int(size.ws_col) : 80
  }

  private func write(_ text: String) {
    // The terminal may be gone, which is no reason to stop.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
