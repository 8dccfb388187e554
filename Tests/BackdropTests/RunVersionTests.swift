import Foundation
import Synchronization
import TextureStream
import Testing

@testable import Backdrop

/// Folders of runs whose format is version 1: `rate` and `deviation` for `learning_rate` and `standard_deviation`,
/// `side` for `height` and `width`, and nothing about the activation memory, the method and the cost of steps.
@Suite struct RunVersionTests {
  private let folder: TrainingFolder

  init() throws { folder = try TrainingFolder() }

  /// Rewrites JSON with the keys of version 1.
  private func version1(_ text: String) throws -> String {
    let former = ["learning_rate": "rate", "standard_deviation": "deviation", "height": "side"]
    let added: Set<String> = [
      "activation_memory_mib", "method", "reported_steps", "reported_samples", "keep_fraction", "multiply_adds",
      "kept_bytes", "width",
    ]
    func rewrite(_ value: Any) -> Any {
      guard let object = value as? [String: Any] else { return value }
      var rewritten: [String: Any] = [:]
      for (key, value) in object where !added.contains(key) {
        rewritten[former[key] ?? key] = key == "format_version" ? 1 : rewrite(value)
      }
      return rewritten
    }
    let value = rewrite(try JSONSerialization.jsonObject(with: Data(text.utf8)))
    let data = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }

  /// Rewrites the files of a run in the format of version 1.
  private func makeVersion1(_ run: String) throws {
    let configuration = folder.url("\(run)/configuration.json")
    let old = try version1(String(contentsOf: configuration, encoding: .utf8))
    try #require(old.contains("\"rate\":") && old.contains("\"deviation\":") && old.contains("\"format_version\":1"))
    try #require(!old.contains("learning_rate") && !old.contains("activation_memory_mib") && !old.contains("method"))
    try Data(old.utf8).write(to: configuration)
    let checkpoint = folder("\(run)/checkpoint.safetensors")
    let file = try Safetensors(reading: checkpoint)
    let header = try version1(#require(file.metadata["gpgen"]))
    try #require(header.contains("\"rate\":") && !header.contains("keep_fraction"))
    try Safetensors.write(file.tensors, metadata: ["gpgen": header], to: checkpoint)
    let metrics = folder.url("\(run)/metrics.jsonl")
    let lines = try String(contentsOf: metrics, encoding: .utf8).split(separator: "\n").map { try version1(String($0)) }
    // The checkpoint stores the file's size, so shorter lines would count as missing bytes.
    let size = try Data(contentsOf: metrics).count
    var text = lines.map { $0 + "\n" }.joined()
    if !text.isEmpty {
      text.removeLast()
      text += String(repeating: " ", count: size - text.utf8.count - 1) + "\n"
    }
    try Data(text.utf8).write(to: metrics)
  }

  /// Trains up to a step, counted over all epochs, and stops.
  private func stop(after steps: Int) async throws {
    let reached = Flag()
    let error = await #expect(throws: BackdropError.self) {
      try await folder.trainer(.small(), in: "run").run(
        shouldStop: { reached.isSet },
        report: {
          if case .step(let progress) = $0, (progress.epoch - 1) * 4 + progress.step == steps { reached.set() }
        })
    }
    try #require(error?.code == .interrupted)
  }

  /// Within the second epoch, after an epoch's last step, and at an epoch's end.
  @Test(arguments: [6, 8, 9]) func runOfVersion1IsResumedToTheSameWeights(steps: Int) async throws {
    let expected = try await folder.train(.small(), in: "uninterrupted")
    try await stop(after: steps)
    try makeVersion1("run")
    let result = try await folder.train(.small(), in: "run", policy: .resume)
    #expect(result.weights == expected.weights && result.evaluation == expected.evaluation)
    #expect(result.best == expected.best)
    // The folder then has the current version, and the epoch that an earlier version started has no cost.
    let lines = try String(contentsOf: folder.url("run/metrics.jsonl"), encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].contains("\"rate\":") && lines[2].contains("\"learning_rate\":"))
    #expect(lines[1].contains("keep_fraction") == false)
    #expect(lines[2].contains("keep_fraction") == (steps < 9))
    #expect(
      try String(contentsOf: folder.url("run/configuration.json"), encoding: .utf8)
        == String(contentsOf: folder.url("uninterrupted/configuration.json"), encoding: .utf8))
  }

  @Test func finishedRunOfVersion1IsRead() async throws {
    _ = try await folder.train(.small(), in: "run")
    let record = try #require(try RunRecord.inFolder(folder("run")))
    let weights = try TrainedRun(folder("run")).weights
    try makeVersion1("run")
    #expect(try RunRecord.inFolder(folder("run")) == record)
    for choice in TrainedRun.Weights.allCases {
      let run = try TrainedRun(folder("run"), weights: choice)
      #expect(run.record == record)
      if choice != .best { #expect(run.weights == weights) }
    }
    let evaluation = try await Predictor(TrainedRun(folder("run"))).evaluate(
      on: folder.source(), split: .validation, ceiling: .ifAffordable)
    #expect(try evaluation.json + "\n" == String(contentsOf: folder.url("run/evaluation.json"), encoding: .utf8))
    #expect(try await folder.trainer(.small(), in: "run", policy: .resume).run().wasFinished)
  }

  @Test(arguments: [0, 3]) func runOfAnotherVersionIsRefused(version: Int) async throws {
    _ = try await folder.train(.small(), in: "run")
    let file = folder.url("run/configuration.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try Data(text.replacingOccurrences(of: "\"format_version\" : 2", with: "\"format_version\" : \(version)").utf8)
      .write(to: file)
    let error = #expect(throws: BackdropError.self) { try TrainedRun(folder("run")) }
    #expect(
      error?.code == .invalidFile && error?.message.contains("has format version \(version), expected 1 to 2") == true)
  }
}

/// A flag that is set once, from any thread.
private final class Flag: Sendable {
  private let value = Mutex(false)
  var isSet: Bool { value.withLock { $0 } }
  func set() { value.withLock { $0 = true } }
}
