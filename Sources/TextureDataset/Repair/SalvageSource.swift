/// What can be salvaged from a file that must be rebuilt.
struct SalvageSource {
  /// The source of intact samples; nil if the file belongs to another dataset.
  let pixels: SampleFile?
  /// A sample whose checksum matches and that was regenerated and compared.
  let intact: Int?
  /// Whether the file is a damaged part of this dataset, so that it may be discarded.
  let isRecognised: Bool

  /// - Parameter layout: of the file, or of any with the same structure. Files of one recipe have one layout, so pixels
  ///   are found even if the header is lost.
  init(
    _ examination: ShardExamination, layout: ShardLayout, in context: RepairContext
  ) throws(DatasetError) {
    let path = examination.shard.path
    let problems = Set(examination.faults.map(\.problem))
    guard !problems.contains(.foreign), !problems.contains(.twice) else {
      (pixels, intact, isRecognised) = (nil, nil, problems.contains(.twice))
      return
    }
    let source = SampleFile(try OpenedFile(path), layout: layout)
    let found = try source.firstIntactSample(shouldContinue: context.shouldContinue)?.sample
    // Without a matching checksum, the first sample identifies the file, but nothing is copied.
    let sample = found ?? layout.samples.lowerBound
    let belongs = examination.header != nil || StoredIdentity(reading: path)?.recipe == context.recipe
    guard try source.checksum(ofPixels: sample).value != nil else {
      (pixels, intact, isRecognised) = (nil, nil, belongs)
      return
    }
    let comparison = try context.compare(sample, in: source)
    if comparison.verdict == .other, !belongs || found == nil {
      (pixels, intact, isRecognised) = (nil, nil, belongs)
      return
    }
    try context.refuse(comparison, sample: sample, path: path)
    (pixels, intact, isRecognised) = (found == nil ? nil : source, found, true)
  }
}
