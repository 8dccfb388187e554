extension Mask {
  /// The multipliers of a dropout layer's output and gradient at one step. Each channel of each sample is 0 with the
  /// given probability, and 1 / (1 - probability) otherwise. All may be 0.
  ///
  /// The random words are those of `MaskNoise`; element e is the channel.
  ///
  /// - Parameters:
  ///   - probability: the probability that a channel is dropped.
  ///   - samples: the samples' positions in the batch.
  ///   - shape: the shape of one sample's activation.
  ///   - seed: the seed of the training.
  ///   - step: the training step, from 0.
  ///   - layer: the layer's index in the network.
  /// - Returns: a mask of extents (B, C, 1, 1).
  /// - Source: PyTorch's `nn.Dropout2d`.
  public static func dropout(
    probability: Double, samples: Range<Int>, shape: Shape, seed: UInt64, step: Int, layer: Int
  ) -> Mask {
    let noise = MaskNoise(seed: seed, step: step, layer: layer)
    let factor = probability < 1 ? Float(1 / (1 - probability)) : 0
    var values: [Float] = []
    values.reserveCapacity(samples.count * shape.channels)
    for sample in samples {
      let kept = noise.kept(shape.channels, use: .dropout, sample: sample, probability: probability)
      for isKept in kept { values.append(isKept ? factor : 0) }
    }
    return Mask(extents: [samples.count, shape.channels, 1, 1], values: values)
  }
}
