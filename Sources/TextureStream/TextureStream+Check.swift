import GaussianField

extension TextureStream.Options {
  /// Valid batch sizes.
  public static let batchSizeRange = 1...1 << 16
  /// Valid numbers of ranks.
  public static let ranksRange = 1...1 << 20
  /// Valid numbers of threads.
  public static let threadsRange = 1...1024
  /// Valid numbers of epochs: order and augmentation depend on the low 32 bits of the epoch.
  public static let epochsRange = 1...1 << 32

  /// Throws for options that are invalid for a field's textures. Later code computes with these numbers unchecked.
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
      throw StreamError(.invalidOptions, "a split needs a rule: fractions or counts")
    }
  }
}
