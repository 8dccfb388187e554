import Documents

/// `nn.Dropout2d`: in training, zeroes whole channels of a sample and scales the others by 1 / (1 - probability).
struct Dropout: Operation {
  /// The probability that a channel is zeroed.
  var probability: Double

  static let name = "dropout"
  static let keys: [LayerKey] = [.probability]

  init(probability: Double) { self.probability = probability }

  init(reading reader: LayerReader) throws(DocumentError) { probability = try reader.number(.probability) }

  var values: [String?] { [probability.shortest] }

  func check() throws(BackdropError) {
    guard (0...1).contains(probability) else {
      throw BackdropError(.invalidNetwork, "`probability`: found \(probability), expected a number from 0 to 1")
    }
  }

  func maskedElements(_ shape: Shape) -> Int { shape.channels }

  func mask(samples: Range<Int>, of batch: Int, shape: Shape, seed: UInt64, step: Int, layer: Int) -> Mask? {
    .dropout(probability: probability, samples: samples, shape: shape, seed: seed, step: step, layer: layer)
  }

  var withoutNoise: Dropout { Dropout(probability: 0) }

  func makeKernel(
    input: TensorShape, output: TensorShape, padding: Int, keeps: Bool, _ bound: BoundOperation,
    _ store: ParameterStore, _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel {
    MaskKernel(layer: bound.layer, masksActivations: true)
  }
}

extension Layer {
  /// `nn.Dropout2d`: in training, zeroes whole channels of a sample with the given probability and scales the others by
  /// 1 / (1 - probability); the identity outside training.
  public static func dropout(_ probability: Double) -> Layer { Layer(Dropout(probability: probability)) }
}
