import Foundation

@testable import Backdrop

/// A network computed with the reference layers.
struct ReferenceModel {
  let network: Network
  let size: ImageSize
  let layout: ParameterLayout
  /// In the order of the layout.
  var weights: [Float]
  var standardization = Standardization()

  struct Result {
    /// (B, K).
    let outputs: [Double]
    /// dL/dw, in the order of the layout.
    let gradients: [Double]
    /// dL/dx of the images as given, (B, C, H, W).
    let inputGradients: [Double]
  }

  init(_ network: Network, size: ImageSize, weights: [Float]) throws {
    self.network = network
    self.size = size
    layout = try network.parameterLayout(of: size)
    self.weights = weights
  }

  init(_ network: Network, side: Int, weights: [Float]) throws {
    try self.init(network, size: ImageSize(side: side), weights: weights)
  }

  /// The masks of Backdrop and of dropout at a step, by layer.
  static func masks(_ network: Network, side: Int, samples: Int, seed: UInt64, step: Int) throws -> [Int: Mask] {
    try masks(network, size: ImageSize(side: side), samples: samples, seed: seed, step: step)
  }

  static func masks(
    _ network: Network, size: ImageSize, samples: Int, seed: UInt64, step: Int
  ) throws -> [Int: Mask] {
    let shapes = try network.shapes(of: size)
    var masks: [Int: Mask] = [:]
    for (index, layer) in network.layers.enumerated() {
      masks[index] = layer.operation.mask(
        samples: 0..<samples, of: samples, shape: shapes[index], seed: seed, step: step, layer: index)
    }
    return masks
  }

  /// - Parameters:
  ///   - images: (B, C, H, W).
  ///   - masks: by layer; a layer without one is the identity.
  ///   - loss: dL/dy of the outputs, (B, K).
  func run(
    _ images: [Float], samples: Int, masks: [Int: Mask] = [:], loss: ([Double]) -> [Double]
  ) throws -> Result {
    let shapes = try network.shapes(of: size)
    let standardDeviation = Double(standardization.standardDeviation)
    var inputs = [
      Activation(
        samples: samples, shape: Shape(channels: network.inputChannels, height: size.height, width: size.width),
        values: images.map { (Double($0) - Double(standardization.mean)) / standardDeviation })
    ]
    for index in network.layers.indices {
      inputs.append(forward(index, inputs[index], output: shapes[index], mask: masks[index]))
    }
    let outputs = inputs.removeLast()
    var gradient = Activation(samples: samples, shape: outputs.shape, values: loss(outputs.values))
    var gradients = Array(repeating: 0.0, count: layout.count)
    // The part of the gradient that a meProp layer removes, which the preceding layer's bias still gets.
    var dropped: [Double]?
    for index in network.layers.indices.reversed() {
      if let meProp = network.layers[index].operation as? MeProp {
        dropped = ReferenceMeProp.thin(&gradient, k: meProp.k)
        continue
      }
      gradient = backward(index, inputs[index], gradient, mask: masks[index], into: &gradients)
      guard let entry = layout.entry(named: "\(index).bias"), let sums = dropped else { continue }
      for (place, sum) in zip(entry.range, sums) { gradients[place] += sum }
      dropped = nil
    }
    return Result(
      outputs: outputs.values, gradients: gradients, inputGradients: gradient.values.map { $0 / standardDeviation })
  }

  private func parameter(_ name: String) -> [Double] {
    layout.entry(named: name).map { weights[$0.range].map(Double.init) } ?? []
  }

  private func forward(_ index: Int, _ x: Activation, output: Shape, mask: Mask?) -> Activation {
    let (weight, bias) = (parameter("\(index).weight"), parameter("\(index).bias"))
    switch network.layers[index].operation {
    case let layer as Convolution:
      return ReferenceConvolution(layer: layer, weight: weight, bias: bias).forward(x, output: output)
    case is Linear: return ReferenceLinear(weight: weight, bias: bias).forward(x)
    case is ReLU: return ReferenceReLU.forward(x)
    case let layer as LeakyReLU: return ReferenceLeakyReLU.forward(x, slope: layer.slope)
    case let layer as MaxPool: return ReferencePooling.maxForward(layer.window, x, output: output)
    case let layer as AveragePool: return ReferencePooling.averageForward(layer.window, x, output: output)
    case is GlobalAveragePool: return ReferencePooling.globalForward(x)
    case is Flatten: return Activation(samples: x.samples, shape: output, values: x.values)
    case is Dropout: return mask.map { ReferenceMask.multiply(x, $0) } ?? x
    case is GradientMask, is StochasticBackpropagation, is MeProp: return x
    case let other: preconditionFailure("no reference for \(other)")
    }
  }

  private func backward(
    _ index: Int, _ x: Activation, _ dy: Activation, mask: Mask?, into gradients: inout [Double]
  ) -> Activation {
    func store(_ dw: [Double], _ db: [Double]) {
      for (name, values) in [("weight", dw), ("bias", db)] {
        guard let entry = layout.entry(named: "\(index).\(name)") else { continue }
        gradients.replaceSubrange(entry.range, with: values)
      }
    }
    let (weight, bias) = (parameter("\(index).weight"), parameter("\(index).bias"))
    switch network.layers[index].operation {
    case let layer as Convolution:
      let (dx, dw, db) = ReferenceConvolution(layer: layer, weight: weight, bias: bias).backward(x, dy: dy)
      store(dw, db)
      return dx
    case is Linear:
      let (dx, dw, db) = ReferenceLinear(weight: weight, bias: bias).backward(x, dy: dy)
      store(dw, db)
      return dx
    case is ReLU: return ReferenceReLU.backward(x, dy: dy)
    case let layer as LeakyReLU: return ReferenceLeakyReLU.backward(x, dy: dy, slope: layer.slope)
    case let layer as MaxPool: return ReferencePooling.maxBackward(layer.window, x, dy: dy)
    case let layer as AveragePool: return ReferencePooling.averageBackward(layer.window, x, dy: dy)
    case is GlobalAveragePool: return ReferencePooling.globalBackward(x, dy: dy)
    case is Flatten: return Activation(samples: x.samples, shape: x.shape, values: dy.values)
    case is Dropout, is GradientMask, is StochasticBackpropagation:
      return mask.map { ReferenceMask.multiply(dy, $0) } ?? dy
    case let other: preconditionFailure("no reference for \(other)")
    }
  }
}

/// meProp by sorting.
enum ReferenceMeProp {
  /// Keeps the k elements of largest magnitude of each sample; among equal ones, the first.
  ///
  /// - Returns: the removed part of each channel.
  static func thin(_ gradient: inout Activation, k: Int) -> [Double] {
    let (count, area) = (gradient.shape.count, gradient.shape.height * gradient.shape.width)
    var dropped = [Double](repeating: 0, count: gradient.shape.channels)
    for sample in 0..<gradient.samples {
      let places = (0..<count).sorted {
        let (a, b) = (abs(gradient.values[sample * count + $0]), abs(gradient.values[sample * count + $1]))
        return a != b ? a > b : $0 < $1
      }
      for place in places.dropFirst(k) {
        dropped[place / area] += gradient.values[sample * count + place]
        gradient.values[sample * count + place] = 0
      }
    }
    return dropped
  }
}

/// Losses by their definitions.
enum ReferenceLoss {
  /// The mean of log(1 + exp(-d)) over all pairs of a positive and a negative sample, d the difference of their
  /// outputs.
  static func auc(_ outputs: [Double], targets: [Int]) -> (loss: Double, gradient: [Double]) {
    var loss = 0.0
    var gradient = outputs.map { _ in 0.0 }
    let pairs = Double(targets.count { $0 == 1 } * targets.count { $0 == 0 })
    for (i, positive) in outputs.enumerated() where targets[i] == 1 {
      for (j, negative) in outputs.enumerated() where targets[j] == 0 {
        let exponential = exp(negative - positive)
        loss += log(1 + exponential) / pairs
        gradient[i] -= exponential / (1 + exponential) / pairs
        gradient[j] += exponential / (1 + exponential) / pairs
      }
    }
    return (loss, gradient)
  }

  /// Softmax cross-entropy, the mean over the batch.
  static func crossEntropy(_ outputs: [Double], classes: Int, targets: [Int]) -> (loss: Double, gradient: [Double]) {
    var loss = 0.0
    var gradient = outputs
    for (b, target) in targets.enumerated() {
      let row = outputs[b * classes..<(b + 1) * classes].map { exp($0) }
      let sum = row.reduce(0, +)
      loss -= log(row[target] / sum) / Double(targets.count)
      for k in 0..<classes {
        gradient[b * classes + k] = (row[k] / sum - (k == target ? 1 : 0)) / Double(targets.count)
      }
    }
    return (loss, gradient)
  }
}
