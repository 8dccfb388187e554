import Documents
import GaussianField

/// Pictures of a dataset: the first texture of each class, or chosen samples, and a contact sheet of all.
///
/// Each names the class and the sample, and has a scale bar and a colour bar. If a texture is reduced, a detail shows part of it
/// at full resolution.
public struct DatasetPreviews {
  /// The maximum number of chosen samples: as many as there may be classes.
  public static let maximumSamples = 1024

  private let writer: PreviewWriter
  private let classNames: [String]
  private let samples: [Int]?

  /// - Parameters:
  ///   - folder: where the pictures go; made at the first of them.
  ///   - recipe: the dataset's, from which the range of the colours follows.
  ///   - samples: the chosen samples, each once, as indices in the whole dataset; the first of each class if not given.
  ///   - colormap: the colours.
  ///   - plain: draw only the textures, without labels; the contact sheet keeps them.
  ///   - replace: replace pictures that are there already.
  /// - Throws: ``DatasetError`` where the folder cannot be written to, or has pictures that may not be replaced, before
  ///   anything is done.
  public init(
    folder: String, recipe: Recipe, samples: [Int]? = nil, colormap: Colormap, plain: Bool = false, replace: Bool
  ) throws(DatasetError) {
    classNames = (0..<recipe.classCount).map { recipe.className($0) }
    self.samples = samples
    writer = try PreviewWriter(
      folder: folder, classNames: classNames,
      style: PreviewStyle(colormap: colormap, range: recipe.previewRange), isPlain: plain)
    if !replace {
      try writer.refuseExisting(samples.map { $0.map { PreviewWriter.sampleFileName($0, of: recipe) } })
    }
  }

  /// Writes the pictures of the chosen samples, or of the classes that a file holds. Blocks while it reads textures and writes files.
  ///
  /// - Parameters:
  ///   - dataset: the open dataset.
  ///   - shouldContinue: called before each picture; `false` stops with code `.interrupted`.
  /// - Returns: the names of the files in the folder.
  /// - Throws: ``DatasetError``; with code `.invalidFile` where a chosen sample is not there, before anything is written.
  public func write(
    _ dataset: DatasetReader, shouldContinue: () -> Bool = { true }
  ) throws(DatasetError) -> [String] {
    let recipe = dataset.recipe
    let common = [("seed", "\(recipe.seed)"), ("dataset_hash", recipe.datasetHash)]
    let shown = if let samples { try checked(samples, of: dataset) } else { try firstOfEachClass(of: dataset) }
    let classes = shown.map { recipe.classIndex(ofSample: $0) }
    var sheet = writer.sheet(
      zip(shown, classes).map { ContactSheet.Entry(classIndex: $1, className: classNames[$1], sample: $0) },
      ofSamples: samples != nil, shape: recipe.field.shape)
    var files: [String] = []
    for (tile, (sample, index)) in zip(shown, classes).enumerated() {
      guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      var previewer = TexturePreviewer(recipe.field.shape)
      try dataset.read(sample: sample) { previewer.add($0) }
      let preview = previewer.preview()
      let lengthScales = recipe.covariances(ofSample: sample).compactMap { $0.lengthScale?.shortest }
      let texts =
        lengthScales.isEmpty ? [] : [("length_scales", "\(lengthScales.joined(separator: ", ")) px")]
      files.append(
        try writer.write(
          preview, class: index, sample: sample,
          file: samples.map { _ in PreviewWriter.sampleFileName(sample, of: recipe) },
          metadata: [("class", "\(index)"), ("class_name", classNames[index])] + texts + [("sample", "\(sample)")]
            + common))
      sheet.add(preview, tile: tile)
    }
    files.append(
      try writer.write(
        sheet, metadata: [("samples", shown.map(String.init).joined(separator: ", "))] + common))
    return files
  }

  /// The first sample of each class; in an unfinished file, the first that is there.
  private func firstOfEachClass(of dataset: DatasetReader) throws(DatasetError) -> [Int] {
    let recipe = dataset.recipe
    var first: [Int: Int] = [:]
    try SampleFile(dataset.header).readChecksums { start, checksums in
      for (i, checksum) in checksums.enumerated() where checksum != 0 {
        let sample = start + i
        let index = recipe.classIndex(ofSample: sample)
        if first[index] == nil { first[index] = sample }
        if first.count == recipe.classCount { return false }
      }
      return true
    }
    guard !first.isEmpty else {
      throw DatasetError(.invalidFile, "\(dataset.header.path): no sample is finished yet; nothing to show")
    }
    return first.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Chosen samples, all of which are there.
  private func checked(_ samples: [Int], of dataset: DatasetReader) throws(DatasetError) -> [Int] {
    let all = dataset.samples
    if let sample = samples.first(where: { !all.contains($0) }) {
      throw DatasetError(
        .invalidFile,
        "\(dataset.header.path): has no sample \(sample); expected \(all.lowerBound) to \(all.upperBound - 1)")
    }
    var missing = Set(samples)
    try SampleFile(dataset.header).readChecksums { start, checksums in
      for sample in missing where (start..<start + checksums.count).contains(sample) && checksums[sample - start] != 0 {
        missing.remove(sample)
      }
      return !missing.isEmpty
    }
    if let sample = missing.min() {
      throw DatasetError(
        .invalidFile, "\(dataset.header.path): sample \(sample) is not finished yet; choose others, or finish the file")
    }
    return samples
  }
}
