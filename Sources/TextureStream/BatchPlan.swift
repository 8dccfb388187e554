/// The batches of one rank, epoch after epoch.
struct BatchPlan {
  /// One batch.
  struct Batch {
    let epoch: Int
    let samples: [Int]
    let stateAfter: StreamState
  }

  private let options: TextureStream.Options
  private let part: SamplePart
  private let key: UInt64?
  private var state: StreamState
  private var order: EpochOrder?

  init(_ part: SamplePart, options: TextureStream.Options, start: StreamState) {
    self.part = part
    self.options = options
    state = start
    key = options.sequential ? nil : EpochOrder.key(datasetHash: start.datasetHash, seed: start.seed)
  }

  mutating func next() -> Batch? {
    while true {
      if state.position >= part.count {
        state.epoch += 1
        state.position = 0
        order = nil
      }
      if let epochs = options.epochs, state.epoch >= epochs { return nil }
      let samples = nextSamples()
      // Steps with fewer samples than ranks skip some ranks.
      if !samples.isEmpty { return Batch(epoch: state.epoch, samples: samples, stateAfter: state) }
    }
  }

  /// This rank's samples of the next step.
  private mutating func nextSamples() -> [Int] {
    var order = self.order ?? EpochOrder(part, key: key, epoch: state.epoch, from: state.position)
    let all = options.stepSize(remaining: part.count - state.position)
    let mine = options.share(ofStep: all)
    var samples: [Int] = []
    for index in 0..<all {
      guard let sample = order.next() else { break }
      if mine.contains(index) { samples.append(sample) }
    }
    self.order = order
    state.position += all
    return samples
  }
}

extension TextureStream.Options {
  /// The number of samples in the next batches of all ranks together, with `remaining` samples left in the epoch.
  ///
  /// A last step with fewer samples than ranks takes samples from the step before it, if that has more than one for
  /// each rank.
  func stepSize(remaining: Int) -> Int {
    let full = batchSize * ranks
    let left = remaining - full
    guard left > 0 else { return remaining }
    return left < ranks && batchSize > 1 ? remaining - ranks : full
  }

  /// This rank's share of a step's samples.
  func share(ofStep all: Int) -> Range<Int> { rank * all / ranks..<(rank + 1) * all / ranks }

  /// The number of this rank's batches in an epoch of `count` samples.
  func batchesPerEpoch(of count: Int) -> Int {
    let (steps, left) = count.quotientAndRemainder(dividingBy: batchSize * ranks)
    guard left > 0 else { return steps }
    return batchSize > 1 || !share(ofStep: left).isEmpty ? steps + 1 : steps
  }
}
