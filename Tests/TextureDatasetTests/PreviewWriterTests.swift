import Foundation
import Testing

@testable import TextureDataset

@Suite final class PreviewWriterTests {
  private let folder: String
  private let names = ["9.5-80", "10-80", "9.5-140", "10-140"]

  init() throws {
    folder = NSTemporaryDirectory() + "/gpgen-previews-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func writer(
    _ name: String = "previews", range: Float = 1, isPlain: Bool = false
  ) throws -> PreviewWriter {
    try PreviewWriter(
      folder: "\(folder)/\(name)", classNames: names, style: PreviewStyle(range: range), isPlain: isPlain)
  }

  private func files(_ name: String = "previews") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)").sorted()
  }

  /// An error's code and message, or nothing where none is thrown.
  private func failure(_ body: () throws -> Void) throws -> DatasetError {
    try #require(throws: DatasetError.self, performing: body)
  }

  @Test func pixelsComeBackExactly() throws {
    let values: [Float] = [-1, -0.5, 0, 0.25, 1, 7, -.infinity, .nan, 0.004]
    let writer = try writer(isPlain: true)
    let name = try writer.write(PreviewImage(reducing: values, side: 3), class: 3, sample: 3)
    #expect(name == "class-03_10-140.png")
    #expect(try files() == [name])

    let file = try PreviewPNGFile("\(folder)/previews/\(name)")
    #expect(file.width == 3 && file.height == 3)
    let palette = PreviewPalette(writer.style)
    let expected = values.flatMap { value in
      let color = palette.colors[Int(palette.index(of: value))]
      return [color.red, color.green, color.blue]
    }
    #expect(file.rgb == expected)
    #expect(file.color(x: 0, y: 0) == [0x00, 0x00, 0x04])
    #expect(file.color(x: 1, y: 1) == [0xfc, 0xff, 0xa4])
    #expect(file.color(x: 1, y: 2) == [255, 255, 255])
  }

  @Test func picturesArePalettesOfOneBytePerPixelWithoutTimes() throws {
    try writer(isPlain: true).write(PreviewImage(reducing: [0, 1, 0, 1], side: 2), class: 0, sample: 0)
    let file = try PreviewPNGFile("\(folder)/previews/class-00_9.5-80.png")
    // Width, height, 8 bits, palette, deflate, adaptive filters, not interlaced.
    #expect(file.chunks.first?.bytes.map { Int($0) } == [0, 0, 0, 2, 0, 0, 0, 2, 8, 3, 0, 0, 0])
    #expect(file.chunks.first { $0.kind == "PLTE" }?.bytes.count == 768)
    #expect(!file.chunks.contains { $0.kind == "tIME" })
  }

  @Test func textsSayWhatIsShown() throws {
    let image = PreviewImage(reducing: [Float](repeating: 0, count: 1_500 * 1_500), side: 1_500)
    let metadata = [("seed", "7"), ("weights", "0.75 × 1.25"), ("note", "")]
    try writer(range: 2.5, isPlain: true).write(image, class: 1, sample: 5, metadata: metadata)
    let plain = try PreviewPNGFile("\(folder)/previews/class-01_10-80.png")
    #expect(plain.width == 750)
    let first = [
      "tEXt Title=Class 10-80", "tEXt Software=gpgen", "tEXt seed=7", "iTXt weights=0.75 × 1.25", "tEXt note=",
    ]
    let last = ["tEXt colormap=inferno", "tEXt range=-2.5 to 2.5", "tEXt reduction=2"]
    #expect(plain.texts == first + last)

    try writer(range: 2.5).write(image, class: 1, sample: 5, metadata: metadata)
    let figure = try PreviewPNGFile("\(folder)/previews/class-01_10-80.png")
    #expect(figure.texts == first + ["tEXt scale_bar=200 px", "tEXt panel=17, 63, 750, 750"] + last)
    try writer(range: 2.5).write(image, class: 1, sample: 5, file: "sample-05_10-80.png")
    #expect(try PreviewPNGFile("\(folder)/previews/sample-05_10-80.png").texts[0] == "tEXt Title=Sample 5, class 10-80")
  }

  @Test func panelOfAFigureHasThePixelsOfThePlainPicture() throws {
    let image = PreviewImage(reducing: (0..<4_096).map { Float($0 * 7_919 % 2_003) / 1_001 - 1 }, side: 64)
    try writer("figure").write(image, class: 0, sample: 0)
    try writer("plain", isPlain: true).write(image, class: 0, sample: 0)
    let name = "class-00_9.5-80.png"
    let figure = try PreviewPNGFile("\(folder)/figure/\(name)")
    let plain = try PreviewPNGFile("\(folder)/plain/\(name)")
    #expect(figure.texts.contains("tEXt panel=17, 63, 256, 256"))
    for y in 0..<256 {
      for x in 0..<256 where figure.color(x: 17 + x, y: 63 + y) != plain.color(x: x / 4, y: y / 4) {
        Issue.record("pixel (\(x), \(y))")
      }
    }
  }

  @Test func equalPicturesAreEqualBytes() throws {
    let image = PreviewImage(reducing: (0..<4_096).map { Float($0) / 4_096 }, side: 64)
    try writer("a").write(image, class: 0, sample: 0, metadata: [("seed", "1")])
    try writer("b").write(image, class: 0, sample: 0, metadata: [("seed", "1")])
    let name = "class-00_9.5-80.png"
    #expect(try PreviewPNGFile.bytes(of: "\(folder)/a/\(name)") == PreviewPNGFile.bytes(of: "\(folder)/b/\(name)"))
  }

  @Test func contactSheetIsWritten() throws {
    let writer = try writer("deep/er/previews/")
    var sheet = writer.sheet(
      names.enumerated().map { ContactSheet.Entry(classIndex: $0, className: $1, sample: $0) }, ofSamples: false,
      shape: .square(side: 8))
    for index in names.indices {
      let value = Float(index) / 1.5 - 1
      sheet.add(PreviewImage(reducing: [Float](repeating: value, count: 64), side: 8), tile: index)
    }
    #expect(try writer.write(sheet, metadata: [("seed", "7")]) == "contact-sheet.png")
    let file = try PreviewPNGFile("\(folder)/deep/er/previews/contact-sheet.png")
    #expect(file.width == sheet.layout.width && file.height == sheet.layout.height)
    let palette = PreviewPalette(writer.style)
    for index in names.indices {
      let (x, y) = sheet.layout.tile(index)
      let color = palette.colors[Int(palette.index(of: Float(index) / 1.5 - 1))]
      #expect(file.color(x: x + 191, y: y + 191) == [color.red, color.green, color.blue])
      #expect(file.color(x: x + 193, y: y + 191) == [255, 255, 255])
    }
    #expect(file.texts.first == "tEXt Title=Contact sheet: first samples of 4 classes")
    #expect(file.texts.contains("tEXt scale_bar=2 px"))
    #expect(file.texts.contains("tEXt classes=9.5-80 10-80 9.5-140 10-140"))
    #expect(file.texts.contains("tEXt reduction=1/24"))
  }

  @Test(arguments: [
    (3, 4, "class-03_x.png"), (3, 100, "class-03_x.png"), (3, 101, "class-003_x.png"),
    (3, 1_024, "class-0003_x.png"), (1_023, 1_024, "class-1023_x.png"), (0, 1, "class-00_x.png"),
  ])
  func fileNamesSort(index: Int, classes: Int, expected: String) {
    #expect(PreviewWriter.fileName(class: index, className: "x", classCount: classes) == expected)
  }

  @Test func folderThatIsAFileIsRefused() throws {
    try Data().write(to: URL(fileURLWithPath: "\(folder)/file"))
    let error = try failure { _ = try writer("file") }
    #expect(error.message == "\(folder)/file is a file, not a folder; choose another folder for previews")
    let slashed = try failure { _ = try writer("file/") }
    #expect(slashed.message == "\(folder)/file/ is a file, not a folder; choose another folder for previews")
    let inside = try failure { _ = try writer("file/a/b") }
    #expect(
      inside.message
        == "the folder \(folder)/file/a/b cannot be created: \(folder)/file is a file; choose another folder for previews"
    )
    let unnamed = try failure { _ = try PreviewWriter(folder: "", classNames: names, style: PreviewStyle(range: 1)) }
    #expect([error.code, inside.code, unnamed.code].allSatisfy { $0 == .fileSystem })
  }

  @Test func aWriterAloneMakesNoFolder() throws {
    _ = try writer("a/b")
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/a"))
  }

  @Test func folderThatBecameAFileIsRefused() throws {
    let writer = try writer("late")
    try Data().write(to: URL(fileURLWithPath: "\(folder)/late"))
    let error = try failure { try writer.write(PreviewImage(reducing: [0], side: 1), class: 0, sample: 0) }
    #expect(error.code == .fileSystem)
    #expect(error.message.hasPrefix("\(folder)/late"))
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs a device that is always full"))
  func fullDiskLeavesNothing() throws {
    let name = "class-00_9.5-80.png"
    try FileManager.default.createDirectory(atPath: "\(folder)/previews", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/previews/\(name).partial", withDestinationPath: "/dev/full")
    let error = try failure { try writer().write(PreviewImage(reducing: [0], side: 1), class: 0, sample: 0) }
    #expect(error.code == .diskFull)
    #expect(error.message.hasPrefix("\(folder)/previews/\(name) cannot be written: No space left on device"))
    #expect(try files().isEmpty)
  }

  @Test func nameThatIsAFolderLeavesNothing() throws {
    let name = "class-00_9.5-80.png"
    try FileManager.default.createDirectory(atPath: "\(folder)/previews/\(name)", withIntermediateDirectories: true)
    let error = try failure { try writer().write(PreviewImage(reducing: [0], side: 1), class: 0, sample: 0) }
    #expect(error.code == .fileSystem)
    #expect(error.message.contains(name))
    #expect(try files() == [name])
  }

  @Test func libpngErrorsComeBackAsErrors() throws {
    let palette = PreviewPalette(PreviewStyle(range: 1))
    let empty = IndexedPNG(
      picture: IndexedPicture(width: 0, height: 0, filledWith: 0), colors: palette.colors, texts: [])
    let error = try failure { _ = try empty.encoded() }
    #expect(error.code == .png)
    #expect(error.message == "libpng cannot encode a picture of 0 x 0: Invalid IHDR data")

    let keyless = try failure {
      try writer().write(PreviewImage(reducing: [0], side: 1), class: 0, sample: 0, metadata: [("", "value")])
    }
    #expect(keyless.code == .png)
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/previews"))
  }
}
