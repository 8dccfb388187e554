import GaussianField

/// A network with weights, ready to run on batches of square textures of one side.
///
/// Not safe for concurrent use. Keep all calls on one thread where that is possible: oneDNN's threads belong to the thread
/// that calls.
///
/// Legend: B samples, C channels, H height, W width, K outputs.
public final class Model {
  /// The layers.
  public let network: Network
  /// H and W of the input.
  public let side: Int
  /// The largest B.
  public let batchSize: Int
  /// Names, shapes and places of the parameters.
  public let layout: ParameterLayout
  /// All parameters, as ``layout`` has them.
  public var weights: [Float] {
    didSet { weightsHaveChanged = true }
  }
  /// dL/dw of the last ``gradients(_:count:step:loss:)`` that succeeded, as ``layout`` has them.
  public private(set) var gradients: [Float]
  /// K.
  public let outputs: Int

  /// How the backward pass is computed: the same gradients.
  package var planChoice = PlanChoice.fastest {
    didSet { divide() }
  }

  /// Masks by layer in place of drawn ones, for diagnosis.
  package var givenMasks: [Int: Mask] = [:]

  /// How the last step was computed.
  private(set) var lastPlan: Plan?

  let program: Program
  private let seed: UInt64
  private let contexts: (all: ComputeContext, one: ComputeContext)
  private let store: ParameterStore
  private let standardization: Standardization
  private let activationMemory: Int
  private var checkpoints: Checkpoints?
  private var passes: [Int: BatchPass] = [:]
  private var pools = PassPools()
  private let workers: Workers
  private var weightsHaveChanged = true

  /// - Parameters:
  ///   - side: of the textures, in pixels.
  ///   - batchSize: the largest number of samples in a call.
  ///   - weights: as the network's layout has them; drawn from `seed` unless given.
  ///   - seed: of the initial weights, the masks and dropout.
  ///   - standardization: applied to the input.
  ///   - threads: that compute; results are the same from run to run for the same number of them.
  ///   - activationMemory: for the activations that are kept for the backward pass, in bytes. With less, more of them are
  ///     computed again; what a step needs at least is taken in any case.
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`, `.tooSmall`, `.invalidOptions`, `.foreignWeights`, `.memory`
  ///   or `.oneDNN`.
  public init(
    _ network: Network, side: Int, batchSize: Int, weights: [Float]? = nil, seed: UInt64 = 0,
    standardization: Standardization = Standardization(), threads: Int = 2, activationMemory: Int = 256 << 20
  ) throws(BackdropError) {
    guard batchSize >= 1, threads >= 1 else {
      throw BackdropError(
        .invalidOptions, "a batch of \(batchSize) and \(threads) threads: expected at least 1 of each")
    }
    let layout = try network.parameterLayout(side: side)
    let values = if let weights { weights } else { try network.initialWeights(side: side, seed: seed) }
    guard values.count == layout.count else {
      throw BackdropError(
        .foreignWeights, "\(values.count) weights for a network that has \(layout.count); give them as its layout says")
    }
    self.network = network
    self.side = side
    self.batchSize = batchSize
    self.layout = layout
    self.weights = values
    self.seed = seed
    self.standardization = standardization
    try checkRoom(for: layout.count)
    gradients = [Float](repeating: 0, count: layout.count)
    contexts = (try ComputeContext(threads: threads), try ComputeContext(threads: 1))
    program = try Program(network, side: side)
    outputs = program.segments[program.segments.count - 1].output.count
    store = try ParameterStore(layout, program, contexts.one)
    self.activationMemory = activationMemory
    workers = try Workers(layout, program, threads: threads)
  }

  /// The network's outputs, as in use after training: no dropout. Blocks while it computes.
  ///
  /// - Parameters:
  ///   - images: shape (B, C, H, W).
  ///   - count: B, at most ``batchSize``.
  /// - Returns: shape (B, K).
  public func predict(_ images: UnsafeBufferPointer<Float>, count: Int) throws(BackdropError) -> [Float] {
    guard count > 0 else { return [] }
    let pass = try begin(images, count)
    return try pass.forward(start(of: images), Plan(forwardOf: pass.checkpoints), masks: [:])
  }

  /// A forward and a backward pass: leaves dL/dw in ``gradients``. Does not change weights. Blocks while it computes.
  ///
  /// - Parameters:
  ///   - images: shape (B, C, H, W).
  ///   - count: B, at least 1 and at most ``batchSize``.
  ///   - step: of the training, from 0: decides the masks and dropout together with the seed.
  ///   - loss: dL/dy, shape (B, K), of the outputs y, shape (B, K).
  public func gradients(
    _ images: UnsafeBufferPointer<Float>, count: Int, step: Int,
    loss: (_ outputs: [Float]) throws(BackdropError) -> [Float]
  ) throws(BackdropError) {
    _ = try pass(images, count, step, wantsInput: false, loss)
  }

  /// As ``gradients(_:count:step:loss:)``, and dL/dx of the images as given (before standardisation). Blocks while it
  /// computes.
  ///
  /// - Returns: shape (B, C, H, W).
  public func inputGradients(
    _ images: UnsafeBufferPointer<Float>, count: Int, step: Int,
    loss: (_ outputs: [Float]) throws(BackdropError) -> [Float]
  ) throws(BackdropError) -> [Float] {
    let pass = try pass(images, count, step, wantsInput: true, loss)
    return try pass.gradient(-1).elements().map { $0 / standardization.deviation }
  }

  private func pass(
    _ images: UnsafeBufferPointer<Float>, _ count: Int, _ step: Int, wantsInput: Bool,
    _ loss: (_ outputs: [Float]) throws(BackdropError) -> [Float]
  ) throws(BackdropError) -> BatchPass {
    let pass = try begin(images, count)
    // Masks, and the crops that they leave.
    try checkRoom(for: count * program.maskedPlaces, of: Crop.self)
    let masks = network.drawFactors(program, samples: count, seed: seed, step: step).merging(givenMasks) { $1 }
    let plan = Plan(pass.checkpoints, masks, samples: count, wantsInput: wantsInput, planChoice)
    lastPlan = plan
    let outputs = try pass.forward(start(of: images), plan, masks: masks)
    let outputGradient = try loss(outputs)
    precondition(outputGradient.count == outputs.count, "the loss's gradient has the outputs' shape")
    // Whether the pass succeeds or fails, its gradients must not reach the next one.
    defer { for store in stores { store.clearGradients() } }
    try pass.backward(start(of: images), outputGradient, plan, masks: masks, wantsInput: wantsInput)
    try checkRoom(for: layout.count)
    var sum = [Float](repeating: 0, count: layout.count)
    for store in stores { try store.addGradients(to: &sum) }
    gradients = sum
    return pass
  }

  private var stores: [ParameterStore] { [store] + workers.all.map(\.store) }

  private func start(of images: UnsafeBufferPointer<Float>) -> UnsafePointer<Float> {
    guard let start = images.baseAddress else { preconditionFailure("no images") }
    return start
  }

  /// What runs on batches of so many samples.
  private func begin(_ images: UnsafeBufferPointer<Float>, _ count: Int) throws(BackdropError) -> BatchPass {
    precondition((1...batchSize).contains(count), "a batch of \(count): expected 1 to \(batchSize)")
    precondition(images.count == count * network.inputChannels * side * side, "images of shape (B, C, H, W)")
    contexts.one.enter()
    if weightsHaveChanged {
      for store in stores { store.set(weights) }
      weightsHaveChanged = false
    }
    if let pass = passes[count] { return pass }
    let pass = BatchPass(
      divided(), samples: count, maximumBatch: batchSize, standardization, store, workers, pools, contexts)
    passes[count] = pass
    return pass
  }

  /// Where the program is divided: chosen by the masks of the first step, with the largest batch.
  private func divided() -> Checkpoints {
    if let checkpoints { return checkpoints }
    let masks = network.drawFactors(program, samples: batchSize, seed: seed, step: 0)
    let memory = Checkpoints.Memory(samples: batchSize, threads: workers.all.count, activations: activationMemory)
    let checkpoints = Checkpoints(program, masks, memory, planChoice)
    self.checkpoints = checkpoints
    return checkpoints
  }

  /// Forgets the division, and all that was made for it.
  private func divide() {
    checkpoints = nil
    passes = [:]
    pools = PassPools()
    for worker in workers.all { worker.clear() }
  }
}

extension Program {
  /// The places of one sample that masks are drawn for.
  fileprivate var maskedPlaces: Int {
    func places(_ rule: MaskRule, _ shape: Shape) -> Int {
      rule.axes.contains(.channel) ? shape.count : shape.height * shape.width
    }
    return sections.reduce(0) { sum, section in
      let ofImages = section.steps.map { if case .mask(let rule) = $0.operation { places(rule, $0.input) } else { 0 } }
      return sum + ofImages.reduce(0, +) + section.masks.reduce(0) { $0 + places($1.rule, section.output) }
    }
  }
}

extension Network {
  /// This step's masks and dropout's factors, by layer.
  func drawFactors(_ program: Program, samples: Int, seed: UInt64, step: Int) -> [Int: Mask] {
    var factors: [Int: Mask] = [:]
    for section in program.sections {
      for (layer, rule) in section.masks {
        factors[layer] = rule.draw(samples: samples, shape: section.output, seed: seed, step: step, layer: layer)
      }
      for part in section.steps {
        switch part.operation {
        case .mask(let rule):
          factors[part.layer] = rule.draw(
            samples: samples, shape: part.input, seed: seed, step: step, layer: part.layer)
        case .dropout(let probability):
          factors[part.layer] = Mask.dropout(
            probability: probability, samples: samples, shape: part.input, seed: seed, step: step, layer: part.layer)
        default: break
        }
      }
    }
    return factors
  }
}
