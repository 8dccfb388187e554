import Backdrop
import TextureStream

@MainActor func train(_ network: Network, on source: SampleSource, epochs: Int) async throws -> Model {
  let model = try Model(
    network, size: source.recipe.trainingSize(), batchSize: 16,
    standardization: await Standardization(measuring: TextureStream(source)))
  var optimizer = Optimizer(.adam(), parameterCount: model.layout.count)
  var step = 0
  for try await batch in try TextureStream(source, options: .init(batchSize: 16, epochs: epochs)) {
    let (loss, gradients) = try model.lossAndGradients(batch, .crossEntropy, step: step)
    optimizer.step(&model.weights, gradients: gradients, learningRate: 0.01)
    if step % 100 == 0 { print("step \(step): loss \(loss ?? .nan)") }
    step += 1
  }
  return model
}
