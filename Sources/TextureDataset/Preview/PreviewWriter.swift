import Foundation
import GaussianField

/// Writes the pictures of a dataset into a folder: one a class, and a contact sheet of all.
///
/// The pictures are PNG files of one byte a pixel, which share one palette. Their texts say what they show: `Title`,
/// `Software`, what the caller adds, and `colormap`, `range` and `reduction`; figures also have the texts of ``Figure/texts``.
struct PreviewWriter: Sendable {
  /// The name of the contact sheet's file.
  static let contactSheetName = "contact-sheet.png"

  /// The classes' names, in their order.
  let classNames: [String]
  /// The colours and what they span.
  let style: PreviewStyle
  /// Whether pictures show only the texture, without labels.
  let isPlain: Bool

  private let folder: PreviewFolder
  private let palette: PreviewPalette

  /// A writer into `folder`, which is made, with the folders it lies in, when the first picture is written.
  ///
  /// - Throws: ``DatasetError`` with code `.fileSystem` where the folder is a file or may not be written.
  init(folder: String, classNames: [String], style: PreviewStyle, isPlain: Bool = false) throws(DatasetError) {
    self.folder = try PreviewFolder(folder)
    self.classNames = classNames
    self.style = style
    self.isPlain = isPlain
    palette = PreviewPalette(style)
  }

  /// Refuses pictures that are there already.
  ///
  /// - Parameter samples: the names of the files of samples that are to be written, in place of those of classes.
  /// - Throws: ``DatasetError`` with code `.outputExists`.
  func refuseExisting(_ samples: [String]? = nil) throws(DatasetError) {
    let classes = classNames.indices.map { index in
      Self.fileName(class: index, className: classNames[index], classCount: classNames.count)
    }
    if let picture = ((samples ?? classes) + [Self.contactSheetName]).map({ folder($0) }).first(where: {
      access($0, F_OK) == 0
    }) {
      throw DatasetError(.outputExists, "\(picture): exists; use --force to replace it, or choose another folder")
    }
  }

  /// The name of a class's file, such as "class-03_10-140.png": in a list of files the classes stand in their order.
  static func fileName(class index: Int, className: String, classCount: Int) -> String {
    "class-\(number(of: index, classCount: classCount))_\(className).png"
  }

  /// The name of a sample's file, such as "sample-007_10-140.png".
  static func sampleFileName(_ sample: Int, of recipe: Recipe) -> String {
    let name = recipe.className(recipe.classIndex(ofSample: sample))
    return "sample-\(number(of: sample, classCount: recipe.samples))_\(name).png"
  }

  /// A contact sheet of classes or samples, without tiles yet.
  func sheet(_ entries: [ContactSheet.Entry], ofSamples: Bool, shape: FieldShape) -> ContactSheet {
    ContactSheet(
      entries,
      title: ofSamples
        ? counted(entries.count, "sample")
        : "first \(entries.count == 1 ? "sample" : "samples") of \(counted(entries.count, "class"))",
      shape: shape, palette: palette)
  }

  /// Writes the picture of a class, or of a sample of it, replacing one that is there. Blocks while it writes.
  ///
  /// - Parameters:
  ///   - preview: what to show.
  ///   - index: the class.
  ///   - sample: the index of the texture in the whole dataset.
  ///   - file: the file name for a picture of a sample; by default that of the class.
  ///   - metadata: texts for the file; keys of 1 to 79 characters of ASCII.
  /// - Returns: the name of the file in the folder.
  /// - Throws: ``DatasetError`` with code `.diskFull`, `.fileSystem` or `.png`; then no part of the file is left.
  @discardableResult
  func write(
    _ preview: any TexturePreview, class index: Int, sample: Int, file: String? = nil,
    metadata: [(key: String, value: String)] = []
  ) throws(DatasetError) -> String {
    let name = classNames[index]
    let title = file == nil ? "Class \(name)" : "Sample \(sample), class \(name)"
    let file = file ?? Self.fileName(class: index, className: name, classCount: classNames.count)
    var metadata = metadata
    let picture: IndexedPicture
    if isPlain {
      picture = preview.plainPicture(palette: palette)
    } else {
      let figure = preview.figure(title: "class \(index) (\(name)), sample \(sample)", palette: palette)
      picture = figure.picture()
      metadata += figure.texts
    }
    try write(picture, to: file, title: title, reduction: "\(preview.reduction)", metadata: metadata)
    return file
  }

  /// Writes the contact sheet, replacing one that is there; its texts list the names of the `classes` too.
  /// Blocks while it writes.
  ///
  /// - Parameters:
  ///   - sheet: what to show.
  ///   - metadata: texts for the file; keys of 1 to 79 characters of ASCII.
  /// - Returns: the name of the file in the folder.
  /// - Throws: ``DatasetError`` with code `.diskFull`, `.fileSystem` or `.png`; then no part of the file is left.
  @discardableResult
  func write(
    _ sheet: ContactSheet, metadata: [(key: String, value: String)] = []
  ) throws(DatasetError) -> String {
    let classes = sheet.entries.map(\.className).joined(separator: " ")
    try write(
      sheet.picture(palette: palette), to: Self.contactSheetName, title: "Contact sheet: \(sheet.title)",
      reduction: sheet.reduction,
      metadata: metadata + [("classes", classes), ("scale_bar", sheet.layout.tileSize.scaleBar.label)])
    return Self.contactSheetName
  }

  /// A class's number, or a sample's, with the zeros that make names sort: as many digits as the last one has, at least 2.
  static func number(of index: Int, classCount: Int) -> String {
    let digits = max(2, String(max(classCount - 1, index)).count)
    let number = String(index)
    return String(repeating: "0", count: digits - number.count) + number
  }

  private func write(
    _ picture: IndexedPicture, to file: String, title: String, reduction: String,
    metadata: [(key: String, value: String)]
  ) throws(DatasetError) {
    var texts = [("Title", title), ("Software", "gpgen")] + metadata
    texts.append(("colormap", style.colormap.rawValue))
    texts.append(("range", "\(style.range.lowerBound) to \(style.range.upperBound)"))
    texts.append(("reduction", reduction))
    let png = IndexedPNG(picture: picture, colors: palette.colors, texts: texts)
    try folder.write(try png.encoded(), to: file)
  }
}
