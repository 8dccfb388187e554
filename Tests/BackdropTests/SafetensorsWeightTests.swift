import Foundation
import Testing

@testable import Backdrop

@Suite struct SafetensorsWeightTests {
  private let layout = ParameterLayout(entries: [
    .init(name: "0.weight", shape: [2, 3], offset: 0), .init(name: "0.bias", shape: [2], offset: 6),
  ])

  private func read(_ tensors: [Safetensors.Tensor]) throws -> [Float] {
    let folder = try WeightsFolder()
    try Safetensors.write(tensors, metadata: [:], to: folder.path + "/w")
    return try layout.values(of: Safetensors(reading: folder.path + "/w"), file: "w.safetensors")
  }

  @Test func weightsAreReadInAnyOrder() throws {
    let values = (0..<8).map(Float.init)
    #expect(layout.tensors(values).map(\.values) == [[0, 1, 2, 3, 4, 5], [6, 7]])
    #expect(try read(layout.tensors(values)) == values)
    #expect(try read(layout.tensors(values).reversed()) == values)
  }

  @Test func missingSurplusAndMisshapenTensorsAreNamed() throws {
    let tensors = layout.tensors((0..<8).map(Float.init))
    let more = Safetensors.Tensor(name: "7.bias", shape: [1], values: [0])
    let turned = Safetensors.Tensor(name: "0.weight", shape: [3, 2], values: tensors[0].values)
    let cases = [
      ([tensors[0]], #"no tensor "0.bias" of shape [2]"#), (tensors + [more], #"a tensor "7.bias""#),
      ([turned, tensors[1]], #"the tensor "0.weight" has shape [3, 2], expected [2, 3]"#),
    ]
    for (tensors, message) in cases {
      let error = #expect(throws: BackdropError.self) { try read(tensors) }
      #expect(error?.code == .foreignWeights)
      #expect(error?.message.hasPrefix("w.safetensors: ") == true)
      #expect(error?.message.contains(message) == true)
    }
  }
}
