/// What a file that cannot stay as it is still has to give.
struct SalvageSource {
  /// Where samples can be copied from; none where the file is of another dataset.
  let pixels: SampleFile?
  /// A sample whose checksum holds, and which was made again and compared.
  let intact: Int?
  /// Whether the file is known as a part of this dataset, damaged: nothing else is lost with it.
  let isRecognised: Bool

  /// - Parameter layout: of the file, or of any with the same structure. Files of one recipe have one layout, so that
  ///   pixels are found even where nothing of the header is left.
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
    // Without a checksum that holds, the first sample tells whose file it is, but nothing is copied.
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
