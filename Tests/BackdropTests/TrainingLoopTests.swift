import Backdrop
import Foundation
import TextureDataset
import TextureStream
import Testing

/// The training loop of the documentation: `TrainingLoop.swift` is its text, compiled here against the public API only.
@Suite struct TrainingLoopTests {
  @Test func documentedLoopIsCompiledHere() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let code = try String(contentsOf: folder.appending(path: "TrainingLoop.swift"), encoding: .utf8)
    let article = try String(
      contentsOf: folder.appending(path: "../../Sources/Backdrop/Backdrop.docc/Backdrop.md"), encoding: .utf8)
    #expect(article.contains("```swift\n\(code)```\n"), "copy TrainingLoop.swift into Backdrop.md")
  }

  @Test @MainActor func lossFalls() async throws {
    let source = try SampleSource(Recipe(side: 16, lengthScales: [[1, 3]], weights: [1], seed: 3, samples: 40))
    let network = Network(layers: [
      .convolution(8, kernel: 3, stride: 2, padding: 1), .relu, .backdrop(0.5),
      .convolution(8, kernel: 3, padding: 1), .relu, .globalAveragePool, .flatten, .linear(2),
    ])
    let before = try await meanLoss(Model(network, side: 16, batchSize: 16), source)
    let after = try await meanLoss(train(network, on: source, epochs: 8), source)
    // log 2 is the loss at chance level.
    #expect(before > 0.5)
    #expect(after < 0.5 * before)
  }

  /// The accuracy over all samples.
  @MainActor private func meanLoss(_ model: Model, _ source: SampleSource) async throws -> Double {
    var (outputs, labels): ([Float], [Int]) = ([], [])
    for try await batch in try TextureStream(source, options: .init(batchSize: 16, sequential: true)) {
      outputs += try model.predict(batch)
      labels += batch.labels.map(Int.init)
    }
    return try #require(Loss.crossEntropy.evaluate(outputs: outputs, outputCount: 2, targets: labels).loss)
  }
}
