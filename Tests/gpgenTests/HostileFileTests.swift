import CHDF5
import Foundation
import Testing

/// Untrusted files: whatever they contain, the program ends by itself, without hanging, and with an error message.
@Suite struct HostileFileTests {
  private let folder: ProgramFolder

  init() throws { folder = try ProgramFolder() }

  /// Generates a dataset of 8 samples: one shard, or several shards and their index.
  private func make(_ name: String = "data.h5", shards: Int = 1) async throws {
    let outcome = try await folder.gpgen(
      "--size", "16", "--length-scales", "1,2", "--samples", "8", "--shards", "\(shards)", "--quiet", "--out", name)
    try #require(outcome.status == 0)
  }

  /// Checks that the commands that read a file refuse it.
  private func refuse(
    _ name: String, _ messages: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    for command in [["inspect", name], ["inspect", name, "--json"], ["preview", name, "--out", "p"]] {
      let outcome = try await folder.gpgen(command)
      #expect(outcome.status == 1, "\(command): \(outcome.errors)", sourceLocation: sourceLocation)
      #expect(outcome.output == "", sourceLocation: sourceLocation)
      #expect(outcome.errors.hasPrefix("Error: "), "\(outcome.errors)", sourceLocation: sourceLocation)
      for message in messages {
        #expect(outcome.errors.contains(message), "\(outcome.errors)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test(.timeLimit(.minutes(20))) func pipesAndDevicesAreNotWaitedFor() async throws {
    try #require(mkfifo(folder("data.h5"), 0o600) == 0)
    try await refuse("data.h5", "data.h5: is not a file; expected a shard or an index made by gpgen")
    try await refuse("/dev/zero", "/dev/zero: is not a file")
    // A pipe in place of a shard.
    try await make("index.h5", shards: 2)
    try FileManager.default.removeItem(atPath: folder("index-00001-of-00002.h5"))
    try #require(mkfifo(folder("index-00001-of-00002.h5"), 0o600) == 0)
    let outcome = try await folder.gpgen("inspect", "index.h5")
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("foreign      index-00001-of-00002.h5"))
    try #require(mkfifo(folder("index.h5.partial"), 0o600) == 0)
    #expect(try await folder.gpgen("index", "index.h5", "--force").status == 1)
    #expect(try await folder.gpgen("--out", "data.h5", "--resume", "--size", "64").status == 1)
  }

  @Test func loopOfSymbolicLinksIsRefused() async throws {
    try FileManager.default.createSymbolicLink(atPath: folder("data.h5"), withDestinationPath: "data.h5")
    try await refuse("data.h5", "data.h5: cannot read: Too many levels of symbolic links")
  }

  @Test(arguments: [0, 1, 8, 100, 800, 2_000, 4_095, 4_096, 8_000, 12_287])
  func truncatedFileIsRefused(length: Int) async throws {
    try await make()
    truncate(folder("data.h5"), off_t(length))
    try await refuse("data.h5", "data.h5: ")
  }

  /// Commands that read datasets.
  private static let readers: [[String]] = [
    ["inspect"], ["verify"], ["certify"], ["verify", "--regenerate", "2"], ["repair"], ["stream", "--batch", "4"],
    [
      "train", "--out", "run", "--force", "--epochs", "1", "--batch", "4", "--threads", "1", "--depth", "4",
      "--channels", "2",
    ],
    ["preview", "--out", "previews", "--force"], ["report", "--out", "report.html", "--force"],
  ]

  /// A few of the mutations of `Tests/Outside/faults.py`, for every command that reads datasets.
  @Test(arguments: ["data.h5", "index.h5"], readers)
  func mutatedHeaderIsReadOrRefused(name: String, command: [String]) async throws {
    try await make(name, shards: name == "index.h5" ? 2 : 1)
    let fresh = try folder.files
    let whole = try folder.data(name)
    var random = Xorshift(state: 3 + UInt64(command.joined().count))
    for _ in 0..<5 {
      var bytes = whole
      for _ in 0..<(1 + random.next() % 8) {
        // The HDF5 structure comes first, and most of its bytes are 0.
        let place = Int(random.next() % UInt64(min(bytes.count, 8_192)))
        bytes[place] = UInt8(truncatingIfNeeded: random.next())
      }
      for (name, data) in fresh { try data.write(to: URL(filePath: folder(name))) }
      try bytes.write(to: URL(filePath: folder(name)))
      let outcome = try await folder.gpgen([command[0], name] + command.dropFirst())
      // The program must not end by a signal, such as a crash of the library.
      let refused: Int32 = command[0] == "certify" ? 2 : 1
      #expect(outcome.status == 0 || outcome.status == refused, "\(outcome.errors)")
      if command[0] == "repair", outcome.status == 0 {
        #expect(try folder.data(name) == whole, "\(outcome.output)")
      }
    }
  }

  /// Changes that another program might make to a finished file, with the expected error messages.
  private static let changes: [(name: String, message: String, change: @Sendable (hid_t) -> Void)] = [
    (
      "soft link", "crc32c: is a soft or external link, which gpgen does not follow",
      { file in
        H5Lmove(file, "crc32c", file, "moved", gpgen_h5p_default, gpgen_h5p_default)
        H5Lcreate_soft("/moved", file, "crc32c", gpgen_h5p_default, gpgen_h5p_default)
      }
    ),
    (
      "external link", "image: is a soft or external link, which gpgen does not follow",
      { file in
        H5Ldelete(file, "image", gpgen_h5p_default)
        H5Lcreate_external("other.h5", "/image", file, "image", gpgen_h5p_default, gpgen_h5p_default)
      }
    ),
    (
      "external storage", "image: is stored in other files, which gpgen does not open",
      { file in
        replaceImage(in: file) { H5Pset_external($0, "/etc/passwd", 0, 8 * 16 * 16 * 4) }
      }
    ),
    (
      "virtual", "image: is a view of other files; expected the data themselves",
      { file in
        replaceImage(in: file) { properties in
          let space = H5Screate_simple(3, [8, 16, 16], nil)
          H5Pset_virtual(properties, space, "other.h5", "/image", space)
          H5Sclose(space)
        }
      }
    ),
    (
      "chunked", "image: is chunked or filtered; expected the contiguous layout that gpgen writes",
      { file in
        replaceImage(in: file) { properties in
          H5Pset_chunk(properties, 3, [1, 16, 16])
          H5Pset_deflate(properties, 1)
        }
      }
    ),
    ("rank", "image: is float32 [8, 256], expected float32 [8, 16, 16]", { replaceImage(in: $0, shape: [8, 256]) }),
    (
      "overflow", "image: is float32 [2305843009213693951, 1, 1], expected",
      { replaceImage(in: $0, shape: [hsize_t(Int64.max) / 4, 1, 1]) }
    ),
    ("group", "image: cannot open", { replaceImage(in: $0, shape: []) }),
  ]

  /// Replaces the image by another float32 dataset, or by a group if the shape is empty.
  private static func replaceImage(
    in file: hid_t, shape: [hsize_t] = [8, 16, 16], _ change: (hid_t) -> Void = { _ in }
  ) {
    H5Ldelete(file, "image", gpgen_h5p_default)
    guard !shape.isEmpty else {
      H5Gclose(H5Gcreate2(file, "image", gpgen_h5p_default, gpgen_h5p_default, gpgen_h5p_default))
      return
    }
    let properties = H5Pcreate(gpgen_h5p_dataset_create())
    change(properties)
    let space = H5Screate_simple(Int32(shape.count), shape, nil)
    H5Dclose(
      H5Dcreate2(file, "image", gpgen_h5t_float32(), space, gpgen_h5p_default, properties, gpgen_h5p_default))
    H5Sclose(space)
    H5Pclose(properties)
  }

  @Test func structuresOfOtherProgramsAreRefused() async throws {
    try await make("whole.h5")
    for (_, message, change) in Self.changes {
      try folder.data("whole.h5").write(to: URL(filePath: folder("data.h5")))
      Self.library.withLock {
        // H5F_ACC_RDWR is a cast, which the importer does not evaluate.
        let file = H5Fopen(folder("data.h5"), 1, gpgen_h5p_default)
        change(file)
        H5Fclose(file)
      }
      try await refuse("data.h5", message)
    }
  }

  /// The HDF5 library is not thread-safe.
  private static let library = NSLock()
}

/// Marsaglia (2003), "Xorshift RNGs", with the shifts 13, 7, 17.
private struct Xorshift {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
