import Foundation
import TextureDataset

extension ProgressLine {
  /// Shows the progress of generating or checking samples.
  func show(_ progress: DatasetGenerator.Progress) {
    show { seconds in
      let done = progress.kept + progress.copied + progress.made
      var line = "\(done) of \(counted(progress.total, "sample"))"
      guard progress.made > 0 else { return line }
      line += String(
        format: "  %.4g/s  %.2f GB/s", Double(progress.made) / seconds, Double(progress.bytes) / seconds / 1e9)
      let left = Int((Double(progress.total - done) * seconds / Double(progress.made)).rounded(.up))
      return line + "  \(Self.clock(left)) left"
    }
  }
}
