import GaussianField

extension TextureStream.Options {
  /// The textures that a batch may have.
  public static let batchSizeRange = 1...1 << 16
  /// The ranks that may share an epoch.
  public static let ranksRange = 1...1 << 20
  /// The threads that a stream may use.
  public static let threadsRange = 1...1024
  /// The epochs that a stream may have: orders and random changes differ by the low 32 bits of the epoch.
  public static let epochsRange = 1...1 << 32

  /// Refuses what no stream of a field's textures can have. What follows computes with these numbers unchecked.
  ///
  /// - Throws: ``StreamError`` with code `.invalidOptions`.
  func check(_ field: FieldModel) throws(StreamError) {
    func check(_ value: Int, _ range: ClosedRange<Int>, _ found: String) throws(StreamError) {
      guard !range.contains(value) else { return }
      throw StreamError(.invalidOptions, "\(found): expected \(range.lowerBound) to \(range.upperBound)")
    }
    try check(batchSize, Self.batchSizeRange, "batch size \(batchSize)")
    try check(ranks, Self.ranksRange, "\(ranks) ranks")
    try check(rank, 0...ranks - 1, "rank \(rank) of \(ranks)")
    try check(ringSize, 2...1024, "a ring of \(ringSize) batches")
    try check(threads, Self.threadsRange, "\(threads) threads")
    if let epochs { try check(epochs, Self.epochsRange, "\(epochs) epochs") }
    try augmentation.check(field)
    guard split == nil || splitRule != nil else {
      throw StreamError(.invalidOptions, "a split needs its rule: fractions or counts")
    }
  }
}
