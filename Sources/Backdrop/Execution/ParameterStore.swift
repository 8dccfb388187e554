/// The parameters of a network and their gradients, in the layouts that kernels use.
final class ParameterStore {
  let layout: ParameterLayout
  private let values: FloatBuffer
  private let sums: FloatBuffer
  private let packed: [String: PackedWeights]

  init(_ layout: ParameterLayout, _ program: Program, _ context: ComputeContext) throws(BackdropError) {
    self.layout = layout
    var packed: [String: PackedWeights] = [:]
    for bound in program.segments.flatMap(\.operations) {
      guard let shape = bound.weightShape else { continue }
      packed["\(bound.layer).weight"] = PackedWeights(shape: shape, context)
    }
    self.packed = packed
    values = try FloatBuffer(count: layout.count)
    sums = try FloatBuffer(count: layout.count)
  }

  /// Sets the parameters.
  func set(_ weights: [Float]) {
    precondition(weights.count == layout.count)
    weights.withUnsafeBufferPointer {
      values.pointer.update(from: $0.baseAddress ?? .init(values.pointer), count: $0.count)
    }
    for (name, weights) in packed {
      if let entry = layout.entry(named: name) { weights.set(values.pointer + entry.offset) }
    }
  }

  /// Adds dL/dw of all passes since the last ``clearGradients()`` to `target`.
  func addGradients(to target: inout [Float]) throws(BackdropError) {
    precondition(target.count == layout.count)
    for (name, weights) in packed {
      if let entry = layout.entry(named: name) { try weights.moveGradients(to: sums.pointer + entry.offset) }
    }
    for place in target.indices { target[place] += sums.pointer[place] }
  }

  /// Clears the gradients of all passes so far.
  func clearGradients() {
    for weights in packed.values { weights.clearGradients() }
    sums.pointer.update(repeating: 0, count: layout.count)
  }

  /// A layer's weight and bias.
  func parameters(ofLayer layer: Int) -> LayerParameters {
    guard let weight = layout.entry(named: "\(layer).weight"), let bias = layout.entry(named: "\(layer).bias"),
      let packed = packed[weight.name]
    else { preconditionFailure("layer \(layer) has no parameters") }
    return LayerParameters(
      packed: packed, bias: values.pointer + bias.offset,
      biasSum: sums.pointer + bias.offset, store: self)
  }
}

/// A layer's weight and bias, and the sums of their gradients.
struct LayerParameters {
  let packed: PackedWeights
  let bias: UnsafePointer<Float>
  let biasSum: UnsafeMutablePointer<Float>
  /// Keeps the memory alive.
  let store: ParameterStore
}
