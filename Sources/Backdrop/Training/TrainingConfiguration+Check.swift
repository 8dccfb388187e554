import TextureDataset

extension TrainingConfiguration {
  /// The maximum seed: up to here every JSON reader represents integers exactly.
  static let maximumSeed: UInt64 = 1 << 53 - 1
  /// The allowed memory for activations, in MiB.
  public static let activationMemoryRange = 1...1 << 20
  /// The maximum number of textures in a batch, more than fit into any memory.
  static let maximumBatch = 1 << 20
  /// The maximum number of steps in a training. After more steps, masks would repeat.
  static let maximumSteps = 1 << 32

  /// Checks the configuration for a dataset with a number of classes and a texture size.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidOptions`, or the errors of ``Network/shapes(of:)``.
  package func check(classCount: Int, size: ImageSize) throws(BackdropError) {
    func check(_ holds: Bool, _ message: @autoclosure () -> String) throws(BackdropError) {
      if !holds { throw BackdropError(.invalidOptions, message()) }
    }
    try check(
      (1...Self.maximumBatch).contains(batchSize), "batch size \(batchSize): expected 1 to \(Self.maximumBatch)")
    try check((1...Self.maximumSteps).contains(epochs), "\(epochs) epochs: expected 1 to \(Self.maximumSteps)")
    try check(
      learningRate >= 0 && learningRate.isFinite,
      "learning rate \(learningRate): expected a finite number of at least 0")
    try check(clip.map { $0 > 0 && $0.isFinite } ?? true, "clip \(clip ?? 0): expected a finite norm above 0")
    try check(
      (0..<1).contains(validationFraction),
      "validation fraction \(validationFraction): expected at least 0 and less than 1")
    try check(trainCount.map { $0 > 0 } ?? true, "\(trainCount ?? 0) samples to train on: expected at least 1")
    try check(
      seed <= Self.maximumSeed && splitSeed <= Self.maximumSeed,
      "seed \(max(seed, splitSeed)): expected at most 2^53 - 1")
    try check((1...1024).contains(threads), "\(threads) threads: expected 1 to 1024")
    let memory = Self.activationMemoryRange
    try check(
      memory.contains(activationMemoryMiB),
      "activation memory of \(activationMemoryMiB) MiB: expected \(memory.lowerBound) to \(memory.upperBound)")
    try optimizer.check(weightDecay: weightDecay)
    try schedule.check()
    if let batchMask {
      try check((0...1).contains(batchMask), "batch mask \(batchMask): expected a probability, from 0 to 1")
    }
    if let crop = augmentation.crop {
      let shortest = min(size.height, size.width)
      try check(
        (1...shortest).contains(crop), "a crop of \(crop) pixels: expected 1 to \(shortest), the textures' extent")
    }
    try checkClasses(check, classCount: classCount)
    try checkTargets(check)
    try checkOutputs(classCount: classCount, size: size.cropped(to: augmentation.crop))
  }

  /// Checks that the training has at most ``maximumSteps`` steps.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidOptions`.
  func check(trainingSamples: Int) throws(BackdropError) {
    let (steps, overflow) = batchesPerEpoch(of: trainingSamples).multipliedReportingOverflow(by: epochs)
    guard !overflow, steps <= Self.maximumSteps else {
      throw BackdropError(
        .invalidOptions,
        "\(epochs) epochs of \(batchesPerEpoch(of: trainingSamples)) batches: expected at most \(Self.maximumSteps)"
          + " steps"
      )
    }
  }

  /// The number of batches in an epoch; the last one may be smaller.
  package func batchesPerEpoch(of trainingSamples: Int) -> Int { (trainingSamples + batchSize - 1) / batchSize }

  private typealias Check = (Bool, @autoclosure () -> String) throws(BackdropError) -> Void

  private func checkClasses(_ check: Check, classCount: Int) throws(BackdropError) {
    guard loss.isBinary else {
      try check(positiveClasses.isEmpty, "positive classes are for the losses auc, auc-squared-hinge and f1")
      return
    }
    let classes = positiveClasses.map(String.init).joined(separator: ",")
    try check(
      positiveClasses.allSatisfy { (0..<classCount).contains($0) },
      "positive classes \(classes): expected indices from 0 to \(classCount - 1)")
    let count = Set(positiveClasses).count
    try check(
      count > 0 && count < classCount && count == positiveClasses.count,
      "positive classes \(classes.isEmpty ? "are missing" : classes): the loss distinguishes some classes from the"
        + " rest; name at least one, each once, and not all \(classCount)")
  }

  private func checkTargets(_ check: Check) throws(BackdropError) {
    guard loss.isRegression else {
      try check(targets.isEmpty, "targets are for the loss mse")
      return
    }
    try check(
      !targets.isEmpty,
      "the loss mse compares the outputs with continuous labels; name at least one with --target, as in length_scale:0")
    try check(
      Set(targets).count == targets.count, "targets \(targets.map(\.name).joined(separator: ", ")): name each once")
    try check(softLabels == nil, "soft labels are for the loss cross-entropy")
  }

  private func checkOutputs(classCount: Int, size: ImageSize) throws(BackdropError) {
    guard network.inputChannels == 1 else {
      throw BackdropError(
        .invalidNetwork,
        "the network takes \(counted(network.inputChannels, "channel")), but textures have 1; set input_channels to 1,"
          + " or omit it"
      )
    }
    let expected = outputCount(classCount: classCount)
    let outputs = try trainedNetwork.shapes(of: size).last?.count ?? 0
    guard outputs == expected else {
      throw BackdropError(
        .invalidNetwork,
        "the network has \(counted(outputs, "output")), but the loss \(loss.name) needs "
          + (loss.isBinary
            ? "1"
            : loss.isRegression
              ? "one for each of \(counted(targets.count, "target"))" : "one for each of the \(classCount) classes")
          + "; change its last layer")
    }
  }
}
