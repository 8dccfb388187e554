import Backdrop
import Foundation
import Synchronization
import TextureDataset

/// Progress of a training run on standard error: one line per epoch, and on a terminal a live line below.
final class TrainingReport: Sendable {
  private let quiet: Bool
  private let line: ProgressLine
  private let begun = Atomic(false)

  init(quiet: Bool) {
    self.quiet = quiet
    line = ProgressLine(quiet: quiet)
  }

  /// Removes the live line.
  func clear() { line.clear() }

  /// Whether the run has started to write its folder.
  var hasBegun: Bool { begun.load(ordering: .relaxed) }

  func show(_ event: TrainingEvent) {
    switch event {
    case .begun(let step, let steps):
      begun.store(true, ordering: .relaxed)
      guard !quiet, step > 0 else { return }
      line.clear()
      note("resuming after step \(step) of \(steps)")
    case .measuring(let samples, let all):
      line.show { _ in "measuring pixels: \(samples) of \(counted(all, "sample"))" }
    case .validating(let samples, let all): line.show { _ in "validating: \(samples) of \(counted(all, "sample"))" }
    case .step(let progress): line.show { _ in Self.text(progress) }
    case .epoch(let metrics):
      guard !quiet else { return }
      line.clear()
      note(Self.text(metrics))
    }
  }

  private static func text(_ progress: TrainingProgress) -> String {
    String(
      format: "epoch %d/%d  step %d/%d  loss %@  %@  %@ images/s  %@ left", progress.epoch,
      progress.epochs, progress.step, progress.steps, loss(progress.loss),
      progress.accuracy.map { accuracy($0, progress.scaleAccuracy) } ?? rSquared(progress.rSquared),
      rate(progress.imagesPerSecond), ProgressLine.clock(Int(progress.secondsLeft.rounded(.up))))
  }

  private static func text(_ metrics: EpochMetrics) -> String {
    var text = "epoch \(metrics.epoch)  " + Self.text(metrics.train)
    if let validation = metrics.validation { text += "  validation " + Self.text(validation) }
    if let ceiling = metrics.ceiling {
      let best = ceiling.expectedAccuracy.map { accuracy($0, ceiling.scaleAccuracy) }
      text += "  (best possible \(best ?? rSquared(ceiling.targets?.map(\.rSquared) ?? [])))"
    }
    text += String(format: "  %.1f s  %@ images/s", metrics.seconds, rate(metrics.imagesPerSecond))
    if metrics.undefinedLosses > 0 {
      text += "  \(counted(metrics.undefinedLosses, "batch")) of one class"
    }
    return text
  }

  private static func text(_ measures: EpochMetrics.Measures) -> String {
    "loss \(loss(measures.loss))  "
      + (measures.accuracy.map { accuracy($0, measures.scaleAccuracy) } ?? rSquared(measures.rSquared ?? []))
      + (measures.rocAUC.map { String(format: "  AUC %.3f", $0) } ?? "")
      + (measures.f1.map { String(format: "  F1 %.3f", $0) } ?? "")
  }

  /// The accuracy, followed by that of each scale: "accuracy 75.0% (99.0%, 76.0%)".
  private static func accuracy(_ accuracy: Double, _ scales: [Double]?) -> String {
    let scales = scales ?? []
    return "accuracy \(percent(accuracy))"
      + (scales.count > 1 ? " (\(scales.map(percent).joined(separator: ", ")))" : "")
  }

  private static func rSquared(_ values: [Double?]) -> String {
    "R² " + (values.isEmpty ? "none" : values.map { loss($0) }.joined(separator: ", "))
  }

  private static func rate(_ images: Double) -> String { String(format: images < 100 ? "%.1f" : "%.0f", images) }

  private static func loss(_ loss: Double?) -> String { loss.map { String(format: "%.4f", $0) } ?? "none" }
}
