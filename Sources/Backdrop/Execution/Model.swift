import GaussianField

/// A network with weights, ready to run on batches of images of one size.
///
/// Not safe for concurrent use. Make all calls on one thread if possible: oneDNN keeps a team of threads for each
/// calling thread.
///
/// Legend: B samples, C channels, H height, W width, K outputs.
public final class Model {
  /// The layers.
  public let network: Network
  /// H and W of the input.
  public let size: ImageSize
  /// The maximum B.
  public let batchSize: Int
  /// The names, shapes and offsets of the parameters.
  public let layout: ParameterLayout
  /// All parameters, in the order of ``layout``.
  public var weights: [Float] {
    didSet { weightsHaveChanged = true }
  }
  /// K.
  public let outputs: Int
  /// The cost of the last training step.
  public package(set) var lastStep = StepReport.zero

  /// How the backward pass is computed. All choices give the same gradients.
  package var planChoice = PlanChoice.fastest {
    didSet { resetCheckpoints() }
  }

  /// Masks, by layer, that replace the drawn ones; for diagnosis.
  package var maskOverrides: [Int: Mask] = [:]

  /// How the last step was computed.
  private(set) var lastPlan: Plan?

  /// The times of the segments in the last step or prediction.
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
  ///   - network: the network.
  ///   - size: the size of the images.
  ///   - batchSize: the maximum number of samples in a call.
  ///   - weights: the parameters in the order of the network's layout; drawn from `seed` if not given.
  ///   - seed: the seed of the initial weights, the masks and dropout.
  ///   - standardization: the standardization of the input.
  ///   - threads: the number of threads. With the same number, results are the same in every run.
  ///   - activationMemory: memory for activations kept for the backward pass, in bytes. With less memory, more
  ///     activations are recomputed. The minimum that a step needs is always used.
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`, `.tooSmall`, `.invalidOptions`, `.foreignWeights`,
  ///   `.memory` or `.oneDNN`.
  public init(
    _ network: Network, size: ImageSize, batchSize: Int, weights: [Float]? = nil, seed: UInt64 = 0,
    standardization: Standardization = Standardization(), threads: Int = 2, activationMemory: Int = 256 << 20
  ) throws(BackdropError) {
    guard batchSize >= 1, threads >= 1 else {
      throw BackdropError(
        .invalidOptions, "batch size \(batchSize) and \(threads) threads: expected at least 1 of each")
    }
    let layout = try network.parameterLayout(of: size)
    let values = if let weights { weights } else { try network.initialWeights(for: size, seed: seed) }
    guard values.count == layout.count else {
      throw BackdropError(
        .foreignWeights,
        "\(values.count) weights for a network of \(layout.count); give one for each parameter of its layout")
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

  /// Like ``init(_:size:batchSize:weights:seed:standardization:threads:activationMemory:)``, for square images.
  public convenience init(
    _ network: Network, side: Int, batchSize: Int, weights: [Float]? = nil, seed: UInt64 = 0,
    standardization: Standardization = Standardization(), threads: Int = 2, activationMemory: Int = 256 << 20
  ) throws(BackdropError) {
    try self.init(
      network, size: ImageSize(side: side), batchSize: batchSize, weights: weights, seed: seed,
      standardization: standardization, threads: threads, activationMemory: activationMemory)
  }

  /// The network's outputs, without dropout. Blocks while it computes.
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

  /// Like ``predict(_:)``, for images in an array.
  public func predict(_ images: [Float]) throws(BackdropError) -> [Float] { try predict(images.span) }

  /// The loss of a batch and its gradient dL/dw with respect to all parameters: a forward and a backward pass. Does not
  /// change the weights. Blocks while it computes.
  ///
  /// - Parameters:
  ///   - images: shape (B, C, H, W), B at most ``batchSize``.
  ///   - labels: shape (B), from 0 to K - 1, or 0 and 1 for a binary loss.
  ///   - loss: the loss.
  ///   - step: the training step, from 0; with the seed it determines the masks and dropout.
  ///   - share: the model's part of a batch that several models compute together; the whole batch if not given.
  /// - Returns: the loss, nil if it is undefined (``Loss/Value/loss``), and dL/dw in the order of ``layout``; with a
  ///   share, both are those of the whole batch.
  /// - Throws: ``BackdropError`` with code `.memory` or `.oneDNN`, or the error of the share's communicator.
  public func lossAndGradients(
    _ images: Span<Float>, _ labels: [Int], _ loss: Loss, step: Int, share: BatchShare? = nil
  ) throws(BackdropError) -> (loss: Double?, gradients: [Float]) {
    try lossAndGradients(images, .classes(labels), loss, step: step, share: share)
  }

  /// Like ``lossAndGradients(_:_:_:step:share:)-(Span<Float>,[Int],_,_,_)``, with any kind of targets that the loss
  /// accepts.
  public func lossAndGradients(
    _ images: Span<Float>, _ targets: Targets, _ loss: Loss, step: Int, share: BatchShare? = nil
  ) throws(BackdropError) -> (loss: Double?, gradients: [Float]) {
    precondition(
      images.count == targets.sampleCount(outputCount: self.outputs) * imageCount,
      "expected images of shape (B, C, H, W) and targets for B samples")
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

  /// Like ``lossAndGradients(_:_:_:step:share:)``, for images in an array.
  public func lossAndGradients(
    _ images: [Float], _ labels: [Int], _ loss: Loss, step: Int, share: BatchShare? = nil
  ) throws(BackdropError) -> (loss: Double?, gradients: [Float]) {
    try lossAndGradients(images.span, labels, loss, step: step, share: share)
  }

  /// The gradient of any function of the outputs with respect to all parameters. Blocks while it computes.
  ///
  /// - Parameters:
  ///   - images: shape (B, C, H, W), B at most ``batchSize``.
  ///   - step: the training step, from 0; with the seed it determines the masks and dropout.
  ///   - share: the model's part of a batch that several models compute together; the whole batch if not given.
  ///   - outputGradient: returns dL/dy, shape (B, K), for the outputs y, shape (B, K).
  /// - Returns: dL/dw in the order of ``layout``; with a share, that of the whole batch.
  /// - Throws: ``BackdropError`` with code `.memory` or `.oneDNN`, or the error of the closure or the communicator.
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

  /// dL/dx with respect to the images as given, before standardization. Parameters and errors are those of
  /// ``gradients(_:step:share:outputGradient:)``. Blocks while it computes.
  ///
  /// - Returns: dL/dx, shape (B, C, H, W), and dL/dw.
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
    // For the masks, and the crops that they keep.
    try checkRoom(for: samples.count * program.maskedElements, of: Crop.self)
    let masks = program.drawMasks(samples: samples, of: share?.batch ?? pass.samples, seed: seed, step: step)
      .merging(maskOverrides) { $1 }
    var plan = Plan(pass.checkpoints, masks, samples: samples.count, wantsInput: wantsInput, planChoice)
    let outputs = try pass.forward(images, plan, masks: masks)
    let outputGradient = try loss(outputs)
    precondition(outputGradient.count == outputs.count, "the gradient must have the shape of the outputs")
    // The gradients must not leak into the next pass, even if this one fails.
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

  /// The number of elements of one image: C times H times W.
  private var imageCount: Int { program.segments[0].input.count }

  /// Calls `body` with the pass for as many samples as there are images.
  private func withPass<Result>(
    _ images: Span<Float>, _ body: (BatchPass, UnsafePointer<Float>) throws(BackdropError) -> Result
  ) throws(BackdropError) -> Result {
    let (count, remainder) = images.count.quotientAndRemainder(dividingBy: imageCount)
    precondition(
      remainder == 0 && (1...batchSize).contains(count), "expected 1 to \(batchSize) images of shape (C, H, W)")
    let pass = try pass(count)
    defer { lastTimes = pass.times }
    return try images.withUnsafeBufferPointer { images throws(BackdropError) in
      guard let start = images.baseAddress else { preconditionFailure("no images") }
      return try body(pass, start)
    }
  }

  /// The pass for batches of `count` samples.
  private func pass(_ count: Int) throws(BackdropError) -> BatchPass {
    contexts.one.enter()
    if weightsHaveChanged {
      for store in stores { store.set(weights) }
      weightsHaveChanged = false
    }
    if let pass = passes[count] { return pass }
    let pass = BatchPass(
      chosenCheckpoints(), samples: count, maximumBatch: batchSize, standardization, store, workers, pools, contexts)
    passes[count] = pass
    return pass
  }

  /// Where the program is divided, chosen for the masks of the first step and a full batch.
  private func chosenCheckpoints() -> Checkpoints {
    if let checkpoints { return checkpoints }
    let masks = program.drawMasks(samples: 0..<batchSize, of: batchSize, seed: seed, step: 0)
    let memory = Checkpoints.Memory(samples: batchSize, threads: workers.all.count, activations: activationMemory)
    let checkpoints = Checkpoints(program, masks, memory, planChoice)
    self.checkpoints = checkpoints
    return checkpoints
  }

  /// Discards the division and everything that depends on it.
  private func resetCheckpoints() {
    checkpoints = nil
    lastPlan = nil
    passes = [:]
    pools = PassPools()
    for worker in workers.all { worker.clear() }
  }
}

extension Program {
  /// The number of mask elements drawn for one sample.
  fileprivate var maskedElements: Int {
    segments.flatMap { $0.operations + $0.filters }.reduce(0) { $0 + $1.operation.maskedElements($1.input) }
  }
}
