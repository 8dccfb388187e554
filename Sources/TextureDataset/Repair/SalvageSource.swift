/// What a file that cannot stay as it is still has to give.
struct SalvageSource {
  /// Where samples can be copied from; none where the file is of another dataset.
  let pixels: PixelSource?
  /// A sample whose checksum holds, and which was made again and compared.
  let intact: Int?
  /// Whether the file is known as a part of this dataset, damaged: nothing else is lost with it.
  let isRecognised: Bool

  /// - Parameter layout: of the file, or of any with the same structure. Files of one recipe have one layout, so that
  ///   pixels are found even where nothing of the header is left.
  init(
    _ examination: ShardExamination, layout: ShardHeader, in context: RepairContext
  ) throws(DatasetError) {
    let path = examination.shard.path
    let problems = Set(examination.faults.map(\.problem))
    guard !problems.contains(.foreign), !problems.contains(.twice) else {
      (pixels, intact, isRecognised) = (nil, nil, problems.contains(.twice))
      return
    }
    let source = try PixelSource(path: path, layout: layout)
    var found: Int?
    for sample in layout.samples {
      guard context.shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      guard let stored = source.storedChecksum(of: sample) else { continue }
      if try source.checksum(ofPixels: sample) == stored {
        found = sample
        break
      }
    }
    // Without a checksum that holds, the first sample tells whose file it is, but nothing is copied.
    let sample = found ?? layout.samples.lowerBound
    let belongs = examination.header != nil || StoredIdentity(reading: path)?.recipe == context.recipe
    guard try source.checksum(ofPixels: sample) != nil else {
      (pixels, intact, isRecognised) = (nil, nil, belongs)
      return
    }
    let comparison = try context.compare(sample: sample) { bytes, offset throws(DatasetError) in
      try source.read(bytes, sample: sample, at: offset)
    }
    if comparison.verdict == .other, !belongs || found == nil {
      (pixels, intact, isRecognised) = (nil, nil, belongs)
      return
    }
    try context.refuse(comparison, sample: sample, path: path)
    (pixels, intact, isRecognised) = (found == nil ? nil : source, found, true)
  }
}
