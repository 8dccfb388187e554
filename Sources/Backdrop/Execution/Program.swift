/// A network's layers as they are run: a ReLU is part of the convolution before it, and the layers are cut into sections at the masks.
struct Program {
  /// One operation.
  struct Step {
    let operation: Operation
    /// The layer's index in the network.
    let layer: Int
    let input: Shape
    let output: Shape

    /// Whether an element of the output depends on a window of the input.
    var isLocal: Bool {
      switch operation {
      case .mask(let rule): rule.keepsMapsWhole
      case .convolution, .relu, .pool, .dropout: true
      case .globalAverage, .flatten, .linear: false
      }
    }
  }

  enum Operation {
    case convolution(Convolution, fusesReLU: Bool)
    case relu
    case pool(PoolingKernel.Kind, Pooling)
    case globalAverage
    case flatten
    case linear
    case dropout(probability: Double)
    /// A mask that leaves maps whole, or one of the images.
    case mask(MaskRule)
  }

  /// What lies between two masks of maps.
  struct Section {
    let steps: [Step]
    /// The masks on the output.
    let masks: [(layer: Int, rule: MaskRule)]
    let input: Shape
    let output: Shape

    /// Whether an element of the output depends on a window of the input.
    var isLocal: Bool { steps.allSatisfy(\.isLocal) }
  }

  /// In order; the output of one is the input of the next.
  let sections: [Section]

  /// - Throws: ``BackdropError`` with code `.invalidNetwork` or `.tooSmall`.
  init(_ network: Network, side: Int) throws(BackdropError) {
    let shapes = try network.shapes(side: side)
    var sections: [Section] = []
    var (steps, masks): ([Step], [(layer: Int, rule: MaskRule)]) = ([], [])
    var (sectionInput, input) = (network.inputShape(side: side), network.inputShape(side: side))

    for (index, layer) in network.layers.enumerated() {
      let output = shapes[index]
      var operation: Operation?
      switch layer {
      case .convolution(let convolution): operation = .convolution(convolution, fusesReLU: false)
      case .relu:
        if masks.isEmpty, let last = steps.last, case .convolution(let convolution, false) = last.operation {
          steps[steps.count - 1] = Step(
            operation: .convolution(convolution, fusesReLU: true), layer: last.layer, input: last.input, output: output)
        } else {
          operation = .relu
        }
      case .maxPool(let pooling): operation = .pool(.maximum, pooling)
      case .averagePool(let pooling): operation = .pool(.average, pooling)
      case .globalAveragePool: operation = .globalAverage
      // A map of one element is flat already.
      case .flatten: operation = input.height * input.width > 1 ? .flatten : nil
      case .linear: operation = .linear
      case .dropout(let probability): operation = .dropout(probability: probability)
      case .backdrop(let rule) where rule.keepsMapsWhole || index == 0: operation = .mask(rule)
      case .backdrop(let rule): masks.append((index, rule))
      }
      if let operation {
        if !masks.isEmpty {
          sections.append(Section(steps: steps, masks: masks, input: sectionInput, output: input))
          (steps, masks, sectionInput) = ([], [], input)
        }
        steps.append(Step(operation: operation, layer: index, input: input, output: output))
      }
      input = output
    }
    sections.append(Section(steps: steps, masks: masks, input: sectionInput, output: input))
    guard sections.allSatisfy({ !$0.steps.isEmpty }) else {
      throw BackdropError(
        .invalidNetwork, "the network has no layer that computes anything; give it a convolution, say")
    }
    self.sections = sections
  }
}

extension Network {
  func inputShape(side: Int) -> Shape { Shape(channels: inputChannels, height: side, width: side) }
}

extension MaskRule {
  /// Whether it is one of samples or channels only.
  fileprivate var keepsMapsWhole: Bool { axes.isDisjoint(with: [.y, .x]) }
}
