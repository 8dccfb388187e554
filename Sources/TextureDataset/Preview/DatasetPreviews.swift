import Documents
import GaussianField

/// Pictures of a dataset: the first texture of each class, and a contact sheet of all.
public struct DatasetPreviews {
  private let writer: PreviewWriter
  private let classNames: [String]

  /// - Parameters:
  ///   - folder: where the pictures go; made at the first of them.
  ///   - recipe: the dataset's, from which the range of the colours follows.
  ///   - colormap: the colours.
  ///   - replace: replace pictures that are there already.
  /// - Throws: ``DatasetError`` where the folder cannot be written to, or has pictures that may not be replaced, before
  ///   anything is done.
  public init(folder: String, recipe: Recipe, colormap: Colormap, replace: Bool) throws(DatasetError) {
    classNames = (0..<recipe.classCount).map { recipe.className($0) }
    writer = try PreviewWriter(
      folder: folder, classNames: classNames,
      style: PreviewStyle(colormap: colormap, range: recipe.previewRange))
    if !replace { try writer.refuseExisting() }
  }

  /// Writes the pictures of the classes that a file holds. Blocks while it reads textures and writes files.
  ///
  /// - Parameter shouldContinue: asked before each picture; `false` stops with code `.interrupted`.
  /// - Returns: the names of the files in the folder.
  public func write(
    _ dataset: DatasetReader, shouldContinue: () -> Bool = { true }
  ) throws(DatasetError) -> [String] {
    let recipe = dataset.recipe
    let common = [("seed", "\(recipe.seed)"), ("dataset_hash", recipe.datasetHash)]
    // The first sample of each class; in an unfinished file, the first that is there.
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
    let shown = first.sorted { $0.key < $1.key }.map(\.value)
    guard !shown.isEmpty else {
      throw DatasetError(.invalidFile, "\(dataset.header.path): no sample is finished yet; nothing to show")
    }
    let classes = shown.map { recipe.classIndex(ofSample: $0) }
    var sheet = ContactSheet(classNames: classes.map { classNames[$0] }, shape: recipe.field.shape)
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
          preview, class: index,
          metadata: [("class", "\(index)"), ("class_name", classNames[index])] + texts + [("sample", "\(sample)")]
            + common))
      sheet.add(preview, class: tile)
    }
    files.append(
      try writer.write(sheet, metadata: [("samples", shown.map(String.init).joined(separator: ", "))] + common))
    return files
  }
}
