import GaussianField

/// A network with weights, ready to run on batches of images of one size.
///
/// Not safe for concurrent use. Keep all calls on one thread where that is possible: oneDNN's threads belong to the thread
/// that calls.
///
/// Legend: B samples, C channels, H height, W width, K outputs.
public final class Model {
  /// The layers.
  public let network: Network
  /// H and W of the input.
  public let size: ImageSize
  /// The largest B.
  public let batchSize: Int
  /// Names, shapes and places of the parameters.
  public let layout: ParameterLayout
  /// All parameters, as ``layout`` has them.
  public var weights: [Float] {
    didSet { weightsHaveChanged = true }
  }
  /// K.
  public let outputs: Int
  /// The cost of the last training step.
  public package(set) var lastStep = StepReport.zero

  /// How the backward pass is computed: the same gradients.
  package var planChoice = PlanChoice.fastest {
    didSet { divide() }
  }

  /// Masks by layer in place of drawn ones, for diagnosis.
  package var givenMasks: [Int: Mask] = [:]

  /// How the last step was computed.
  private(set) var lastPlan: Plan?

  /// How long the segments took in the last step or prediction.
  private(set) var lastTimes = SegmentTimes()

  let program: Program
  private let seed: UInt64
  private let contexts: (all: ComputeContext, one: ComputeContext)
  private let store: ParameterStore
  private let standardization: Standardization
  private let activationMemory: Int
  private(set) var checkpoints: Checkpoints?
  private var passes: [Int: BatchPass] = [:]
  private var pools = PassPools()
  private let workers: Workers
  private var weightsHaveChanged = true

  /// - Parameters:
  ///   - size: of the images.
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
    _ network: Network, size: ImageSize, batchSize: Int, weights: [Float]? = nil, seed: UInt64 = 0,
    standardization: Standardization = Standardization(), threads: Int = 2, activationMemory: Int = 256 << 20
  ) throws(BackdropError) {
    guard batchSize >= 1, threads >= 1 else {
      throw BackdropError(
        .invalidOptions, "a batch of \(batchSize) and \(threads) threads: expected at least 1 of each")
    }
    let layout = try network.parameterLayout(of: size)
    let values = if let weights { weights } else { try network.initialWeights(for: size, seed: seed) }
    guard values.count == layout.count else {
      throw BackdropError(
        .foreignWeights, "\(values.count) weights for a network that has \(layout.count); give them as its layout says")
    }
    self.network = network
    self.size = size
    self.batchSize = batchSize
    self.layout = layout
    self.weights = values
    self.seed = seed
    self.standardization = standardization
    contexts = (try ComputeContext(threads: threads), try ComputeContext(threads: 1))
    program = try Program(network, size: size)
    outputs = program.segments[program.segments.count - 1].output.count
    store = try ParameterStore(layout, program, contexts.one)
    self.activationMemory = activationMemory
    workers = try Workers(layout, program, threads: threads)
  }

  /// As ``init(_:size:batchSize:weights:seed:standardization:threads:activationMemory:)``, for square images.
  public convenience init(
    _ network: Network, side: Int, batchSize: Int, weights: [Float]? = nil, seed: UInt64 = 0,
    standardization: Standardization = Standardization(), threads: Int = 2, activationMemory: Int = 256 << 20
  ) throws(BackdropError) {
    try self.init(
      network, size: ImageSize(side: side), batchSize: batchSize, weights: weights, seed: seed,
      standardization: standardization, threads: threads, activationMemory: activationMemory)
  }

  /// The network's outputs, as in use after training: no dropout. Blocks while it computes.
  ///
  /// - Parameter images: shape (B, C, H, W), B at most ``batchSize``.
  /// - Returns: shape (B, K).
  /// - Throws: ``BackdropError`` with code `.memory` or `.oneDNN`.
  public func predict(_ images: Span<Float>) throws(BackdropError) -> [Float] {
    guard !images.isEmpty else { return [] }
    return try withPass(images) { pass, images throws(BackdropError) in
      try pass.forward(images, Plan(forwardOf: pass.checkpoints), masks: [:])
    }
  }

  /// As ``predict(_:)``.
  public func predict(_ images: [Float]) throws(BackdropError) -> [Float] { try predict(images.span) }

  /// The loss of a batch and its gradient, dL/dw, by all parameters: a forward and a backward pass. Does not change the
  /// weights. Blocks while it computes.
  ///
  /// - Parameters:
  ///   - images: shape (B, C, H, W), B at most ``batchSize``.
  ///   - labels: shape (B); what the loss compares the outputs with, from 0 to K - 1, or 0 and 1 for a binary loss.
  ///   - step: of the training, from 0: decides the masks and dropout together with the seed.
  ///   - share: of a batch that several models compute together; the whole batch unless given.
  /// - Returns: the loss, none where it is undefined (``Loss/Value/loss``), and the gradient as ``layout`` has the weights;
  ///   with a share, both of the whole batch.
  /// - Throws: ``BackdropError`` with code `.memory` or `.oneDNN`, or what the share's communicator throws.
  public func lossAndGradients(
    _ images: Span<Float>, _ labels: [Int], _ loss: Loss, step: Int, share: BatchShare? = nil
  ) throws(BackdropError) -> (loss: Double?, gradients: [Float]) {
    try lossAndGradients(images, .classes(labels), loss, step: step, share: share)
  }

  /// As ``lossAndGradients(_:_:_:step:share:)-(Span<Float>,[Int],_,_,_)``, with targets of any kind that the loss takes.
  public func lossAndGradients(
    _ images: Span<Float>, _ targets: Targets, _ loss: Loss, step: Int, share: BatchShare? = nil
  ) throws(BackdropError) -> (loss: Double?, gradients: [Float]) {
    precondition(
      images.count == targets.sampleCount(outputCount: self.outputs) * imageCount,
      "images of shape (B, C, H, W) and targets of B samples")
    var value: Double?
    let gradients = try gradients(images, step: step, share: share) { outputs throws(BackdropError) in
      let batch =
        try share?.gather(outputs, targets, outputCount: self.outputs) ?? (outputs: outputs, targets: targets)
      let result = loss.evaluate(outputs: batch.outputs, outputCount: self.outputs, targets: batch.targets)
      value = result.loss
      let first = (share?.first ?? 0) * self.outputs
      return Array(result.gradient[first..<first + outputs.count])
    }
    return (value, gradients)
  }

  /// As ``lossAndGradients(_:_:_:step:share:)``, of images in an array.
  public func lossAndGradients(
    _ images: [Float], _ labels: [Int], _ loss: Loss, step: Int, share: BatchShare? = nil
  ) throws(BackdropError) -> (loss: Double?, gradients: [Float]) {
    try lossAndGradients(images.span, labels, loss, step: step, share: share)
  }

  /// The gradient by all parameters of any loss of the outputs. Blocks while it computes.
  ///
  /// - Parameters:
  ///   - images: shape (B, C, H, W), B at most ``batchSize``.
  ///   - step: of the training, from 0: decides the masks and dropout together with the seed.
  ///   - share: of a batch that several models compute together; the whole batch unless given.
  ///   - outputGradient: dL/dy, shape (B, K), of the outputs y, shape (B, K).
  /// - Returns: dL/dw, as ``layout`` has the weights; with a share, of the whole batch.
  /// - Throws: ``BackdropError`` with code `.memory` or `.oneDNN`, or what the closure or the communicator throws.
  public func gradients(
    _ images: Span<Float>, step: Int, share: BatchShare? = nil,
    outputGradient: (_ outputs: [Float]) throws(BackdropError) -> [Float]
  ) throws(BackdropError) -> [Float] {
    var gradients = try withPass(images) { pass, images throws(BackdropError) in
      try backward(pass, images, step, share, wantsInput: false, outputGradient)
    }
    try share?.communicator.allReduce(&gradients)
    return gradients
  }

  /// dL/dx of the images as given, before standardisation. Parameters and errors as
  /// ``gradients(_:step:share:outputGradient:)``. Blocks while it computes.
  ///
  /// - Returns: shape (B, C, H, W), and dL/dw.
  public func inputGradients(
    _ images: Span<Float>, step: Int, outputGradient: (_ outputs: [Float]) throws(BackdropError) -> [Float]
  ) throws(BackdropError) -> (images: [Float], weights: [Float]) {
    try withPass(images) { pass, images throws(BackdropError) in
      let weights = try backward(pass, images, step, nil, wantsInput: true, outputGradient)
      return (try pass.gradient(-1).elements().map { $0 / standardization.standardDeviation }, weights)
    }
  }

  /// A forward and a backward pass.
  ///
  /// - Returns: dL/dw.
  private func backward(
    _ pass: BatchPass, _ images: UnsafePointer<Float>, _ step: Int, _ share: BatchShare?, wantsInput: Bool,
    _ loss: (_ outputs: [Float]) throws(BackdropError) -> [Float]
  ) throws(BackdropError) -> [Float] {
    let samples = share?.samples(pass.samples) ?? 0..<pass.samples
    // Masks, and the crops that they leave.
    try checkRoom(for: samples.count * program.maskedElements, of: Crop.self)
    let masks = program.drawMasks(samples: samples, of: share?.batch ?? pass.samples, seed: seed, step: step)
      .merging(givenMasks) { $1 }
    var plan = Plan(pass.checkpoints, masks, samples: samples.count, wantsInput: wantsInput, planChoice)
    let outputs = try pass.forward(images, plan, masks: masks)
    let outputGradient = try loss(outputs)
    precondition(outputGradient.count == outputs.count, "the loss's gradient has the outputs' shape")
    // Whether the pass succeeds or fails, its gradients must not reach the next one.
    defer { for store in stores { store.clearGradients() } }
    plan.cropCounts = try pass.backward(images, outputGradient, plan, masks: masks, wantsInput: wantsInput)
    lastPlan = plan
    try checkRoom(for: layout.count)
    var sum = [Float](repeating: 0, count: layout.count)
    for store in stores { try store.addGradients(to: &sum) }
    lastStep = plan.report(samples: samples.count)
    return sum
  }

  private var stores: [ParameterStore] { [store] + workers.all.map(\.store) }

  /// Numbers of one sample's image: C times H times W.
  private var imageCount: Int { program.segments[0].input.count }

  /// What runs on batches of as many samples as there are images.
  private func withPass<Result>(
    _ images: Span<Float>, _ body: (BatchPass, UnsafePointer<Float>) throws(BackdropError) -> Result
  ) throws(BackdropError) -> Result {
    let (count, remainder) = images.count.quotientAndRemainder(dividingBy: imageCount)
    precondition(remainder == 0 && (1...batchSize).contains(count), "1 to \(batchSize) images of shape (C, H, W)")
    let pass = try pass(count)
    defer { lastTimes = pass.times }
    return try images.withUnsafeBufferPointer { images throws(BackdropError) in
      guard let start = images.baseAddress else { preconditionFailure("no images") }
      return try body(pass, start)
    }
  }

  /// What runs on batches of so many samples.
  private func pass(_ count: Int) throws(BackdropError) -> BatchPass {
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
    let masks = program.drawMasks(samples: 0..<batchSize, of: batchSize, seed: seed, step: 0)
    let memory = Checkpoints.Memory(samples: batchSize, threads: workers.all.count, activations: activationMemory)
    let checkpoints = Checkpoints(program, masks, memory, planChoice)
    self.checkpoints = checkpoints
    return checkpoints
  }

  /// Forgets the division, and all that was made for it.
  private func divide() {
    checkpoints = nil
    lastPlan = nil
    passes = [:]
    pools = PassPools()
    for worker in workers.all { worker.clear() }
  }
}

extension Program {
  /// The numbers of one sample that masks are drawn for.
  fileprivate var maskedElements: Int {
    segments.flatMap { $0.operations + $0.filters }.reduce(0) { $0 + $1.operation.maskedElements($1.input) }
  }
}
