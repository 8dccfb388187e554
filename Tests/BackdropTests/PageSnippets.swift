import Backdrop
import GaussianField
import TextureDataset
import TextureStream

// The Swift snippets of the documentation, each in a function with the page's name. `PageSnippetTests` compares them.

func fields() throws {
  let model = try FieldModel(
    shape: .square(side: 512), scales: [Scale(lengthScales: [5, 8], weight: 1), Scale(lengthScales: [40], weight: 2)])
  let sampler = try TextureSampler(model, seed: 1)
  let pixels: [Float] = try sampler.texture(sample: 0, choices: [1, 0])  // 8 px and 40 px, row by row
  _ = pixels
}

func streaming() async throws {
  let source = try SampleSource(try DatasetReader("data.h5"))
  for try await batch in try TextureStream(source, options: .init(batchSize: 16, seed: 1)) {
    batch.withImages { pixels in print(batch.samples, batch.labels, pixels.count) }
  }
}

func training() async throws {
  let network = Network(layers: [
    .convolution(32, kernel: 5, stride: 2, padding: 2), .relu,
    .backdrop(0.9),
    .convolution(64, kernel: 3, stride: 2, padding: 1), .relu,
    .globalAveragePool, .flatten, .linear(4),
  ])
  let source = try SampleSource(try DatasetReader("data.h5"))
  let trainer = try Trainer(TrainingConfiguration(network: network, epochs: 10), on: source, in: "run")
  print(try await trainer.run().evaluation?.accuracy ?? 0)
}
