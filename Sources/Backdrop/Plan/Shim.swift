typealias Segment = Program.Section
typealias BoundOperation = Program.Step

struct ReceptiveField {
  let kernel: Int
  let stride: Int
  let padding: Int
}

extension Program.Section {
  var operations: [BoundOperation] { steps }
  init(operations: [BoundOperation], masks: [(layer: Int, rule: MaskRule)], input: Shape, output: Shape) {
    self.init(steps: operations, masks: masks, input: input, output: output)
  }
}

extension Program {
  var segments: [Segment] { sections }
}

extension Program.Step {
  var receptiveField: ReceptiveField? {
    switch operation {
    case .convolution(let convolution, _):
      ReceptiveField(kernel: convolution.kernel, stride: convolution.stride, padding: convolution.padding)
    case .pool(_, let pooling):
      ReceptiveField(kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding)
    case .globalAverage, .flatten, .linear: nil
    case .mask: isLocal ? ReceptiveField(kernel: 1, stride: 1, padding: 0) : nil
    default: ReceptiveField(kernel: 1, stride: 1, padding: 0)
    }
  }

  var paddingValue: Float {
    if case .pool(.maximum, _) = operation { return -.greatestFiniteMagnitude }
    return 0
  }

  func multiplyAdds(outputs: Int) -> Double {
    switch operation {
    case .convolution(let convolution, _):
      Double(outputs) * Double(output.channels * input.channels) * Double(convolution.kernel * convolution.kernel)
    case .linear: Double(input.count) * Double(output.count)
    default: 0
    }
  }

  /// Whether the backward pass needs what the forward pass left behind besides its input and output.
  var keepsState: Bool {
    if case .pool(.maximum, _) = operation { return true }
    return false
  }
}

extension Program.Step {
  /// The layout of the output: a convolution's own, a linear layer's plain, else the input's.
  func outputLayout(from input: TensorLayout, _ convolutions: TensorLayout) -> TensorLayout {
    switch operation {
    case .convolution: convolutions
    case .linear, .flatten: .plain
    default: input
    }
  }
}
