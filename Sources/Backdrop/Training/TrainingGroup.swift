import TextureDataset

/// Processes that train one network together: each computes its share of every batch, and all have the same weights.
///
/// All processes have the same configuration and read the same dataset. The first one writes the run's folder, which the
/// others only read. Batches, masks and random changes are those of a training by one process, and gradients equal its
/// gradients up to the order of additions. With the same number of processes, results are equal to the last bit.
public struct TrainingGroup: Sendable {
  /// Which of the processes this is, from 0.
  public let rank: Int
  /// The number of processes.
  public let count: Int
  /// What connects them.
  public let communicator: any Communicator

  /// - Parameters:
  ///   - rank: which of the processes this is, from 0.
  ///   - count: the number of processes.
  ///   - communicator: what connects them.
  public init(rank: Int, of count: Int, _ communicator: any Communicator) {
    precondition(count >= 1 && (0..<count).contains(rank), "rank \(rank) of \(count)")
    self.rank = rank
    self.count = count
    self.communicator = communicator
  }

  /// Whether this process writes the folder and reports.
  var isFirst: Bool { rank == 0 }

  /// This process's share of a batch.
  func share(ofBatch samples: Int) -> BatchShare {
    BatchShare(first: rank * samples / count, of: samples, communicator)
  }

  /// The textures in a batch of this process's stream.
  func samplesPerProcess(ofBatch samples: Int) -> Int { samples / count }

  /// What the first process has to say to the others, who wait for it here.
  func fromFirst(_ word: Int) throws(BackdropError) -> Int {
    try communicator.allGather([], isFirst ? [word] : []).labels[0]
  }

  /// Whether any process answers yes. All answer, and get the same answer.
  func any(_ answer: Bool) throws(BackdropError) -> Bool {
    try communicator.allGather([], [answer ? 1 : 0]).labels.contains(1)
  }

  /// The indices and the classes of all shares' samples, and the network's outputs for them.
  func gather(
    samples: [Int], labels: [Int], outputs: [Float]
  ) throws(BackdropError) -> (samples: [Int], labels: [Int], outputs: [Float]) {
    let all = try communicator.allGather(outputs, samples)
    return (all.labels, try communicator.allGather([], labels).labels, all.outputs)
  }

  /// The cost of a step of all shares together.
  ///
  /// - Parameters:
  ///   - own: of this process's share.
  ///   - samples: in this process's share.
  func total(_ own: StepReport, samples: Int) throws(BackdropError) -> StepReport {
    // As integers, which pass unrounded.
    let numbers = [
      samples, own.keptBytes, Int(bitPattern: UInt(own.keepFraction.bitPattern)),
      Int(bitPattern: UInt(own.multiplyAdds.bitPattern)),
    ]
    let all = try communicator.allGather([], numbers).labels
    var (total, counted) = (StepReport.zero, 0)
    for start in stride(from: 0, to: all.count, by: numbers.count) {
      func number(_ place: Int) -> Double { Double(bitPattern: UInt64(UInt(bitPattern: all[start + place]))) }
      counted += all[start]
      total.keptBytes = max(total.keptBytes, all[start + 1])
      total.keepFraction += Double(all[start]) * number(2)
      total.multiplyAdds += number(3)
    }
    total.keepFraction /= Double(counted)
    return total
  }

  /// - Throws: ``BackdropError`` with code `.invalidOptions` where some process would have no sample of a batch.
  func check(
    _ configuration: TrainingConfiguration, trainingCount: Int, validationCount: Int
  ) throws(BackdropError) {
    let batch = configuration.batchSize
    guard batch % count == 0 else {
      throw BackdropError(
        .invalidOptions,
        "a batch of \(counted(batch, "sample")) for \(count) processes: expected a multiple of their number; give --batch "
          + "\((batch / count + 1) * count), say, or start another number of processes")
    }
    let last = trainingCount % batch
    guard last == 0 || last >= count else {
      throw BackdropError(
        .invalidOptions,
        "\(trainingCount) samples in batches of \(batch) leave \(last) for the last one, fewer than the \(count) processes; "
          + "give --train-count \(trainingCount - last), or another --batch")
    }
    guard validationCount == 0 || validationCount >= count else {
      throw BackdropError(
        .invalidOptions,
        "\(counted(validationCount, "sample")) to validate on, fewer than the \(count) processes; set more aside, or none"
      )
    }
  }
}
