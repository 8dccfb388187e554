import Foundation
import Testing

/// Bad input is refused with a helpful message and the right exit status, and leaves no trace.
@Suite struct BadInputTests {
  private let folder: ProgramFolder

  init() throws { folder = try ProgramFolder() }

  private func refuse(
    _ arguments: [String], status: Int32, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let before = try folder.files
    let outcome = try await folder.gpgen(arguments)
    #expect(outcome.status == status, sourceLocation: sourceLocation)
    #expect(outcome.output == "", sourceLocation: sourceLocation)
    #expect(outcome.errors.hasPrefix("Error: "), sourceLocation: sourceLocation)
    #expect(outcome.errors.contains(message), "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(try folder.files == before, sourceLocation: sourceLocation)
  }

  private static let many = (1...33).map { "\($0)" }.joined(separator: ",")

  /// Usage errors of `generate --out data.h5`.
  private static let wrongOptions: [(arguments: [String], message: String)] = [
    (["--frobnicate"], "Unknown option '--frobnicate'"),
    (["--sizes", "64"], "Unknown option '--sizes'. Did you mean '--size'?"),
    (["more.h5"], "Unknown command \"more.h5\": expected generate, recipe, index, inspect, preview, stream"),
    (["--size", "big"], "The value 'big' is invalid for '--size <pixels>'"),
    (["--size"], "for '--size <pixels>'"),
    (["--scales", "0"], "Found 0 scales, expected 1 to 3"),
    (["--scales", "4"], "give --length-scales"),
    (["--scales", "9"], "Found 9 scales"),
    (["--scales", "2", "--size", "32"], "a side of 54 or more"),
    (["--scales", "2", "--length-scales", "4,5"], "--scales 2 contradicts --length-scales, given 1 time"),
    (["--length-scales", "4,5,4"], "--length-scales: found 4 twice in scale 0, expected different candidates"),
    (["--length-scales", "0.4"], "--length-scales: found 0.4 in scale 0, expected at least 0.5 pixels"),
    (["--length-scales", "0"], "--length-scales: found 0 in scale 0"),
    (["--length-scales", "-4,5"], "--length-scales: found -4 in scale 0"),
    (["--length-scales", "nan"], "--length-scales: found nan in scale 0"),
    (["--length-scales", "inf"], "--length-scales: found inf in scale 0"),
    (["--length-scales", "4,,5"], "The value '4,,5' is invalid for '--length-scales"),
    (["--length-scales", "4;5"], "The value '4;5' is invalid for '--length-scales"),
    (["--length-scales", ""], "The value '' is invalid for '--length-scales"),
    (["--length-scales", many, "--length-scales", many], "33 x 33 candidates, expected a product of at most 1024"),
    ((0..<9).flatMap { _ in ["--length-scales", "4"] }, "found 9 scales"),
    (["--weights", "1"], "--weights: found 1 for 2 scales, expected one for each scale; give 2"),
    (["--length-scales", "4", "--weights", "1,2"], "--weights: found 2 for 1 scale"),
    (["--weights", "1,0"], "--weights: found 0, expected numbers from 0.000001"),
    (["--weights", "1,nan"], "--weights: found nan"),
    (["--dtype", "float64"], "The value 'float64' is invalid for '--dtype"),
    (["--dtype", "float16", "--weights", "1,9000"], "--dtype: found float16 for textures with a standard deviation"),
    (["--preset", "backdrop"], "The value 'backdrop' is invalid for '--preset"),
    (
      ["--preset", "backdrop-2018", "--recipe", "r"], "--recipe and --preset are both starting points; give one of them"
    ),
    (["--colormap", "jet"], "The value 'jet' is invalid for '--colormap"),
    (["--samples", "3", "--shards", "4"], "4 shards for 3 samples: expected at most one shard per sample"),
    (["--resume", "--force"], "--resume keeps existing files, and --force replaces them; give one of them"),
    (["--task-index", "0"], "--task-index and --task-count go together; give both"),
    (["--task-count", "2"], "--task-index and --task-count go together; give both"),
    (["--task-index", "2", "--task-count", "2"], "--task-index 2 --task-count 2: expected an index from 0 to 1."),
    (["--task-index", "0", "--task-count", "3", "--shards", "2"], "3 tasks for 2 shards: expected at least one shard"),
    (["--task-index", "0", "--task-count", "2", "--previews", "p"], "run `gpgen preview` after `gpgen index`"),
    (["--size", "32768", "--length-scales", "9000", "--samples", "4294967295"], "more than a file can hold"),
  ]

  @Test(arguments: wrongOptions)
  func wrongOptionIsRefused(arguments: [String], message: String) async throws {
    try await refuse(arguments + ["--out", "data.h5"], status: 64, message)
  }

  @Test(arguments: [
    ([], "Missing expected argument '--out <file>'"), (["--scales", "2"], "Missing expected argument '--out <file>'"),
    (["--out", ""], "--out \"\": expected a file's name, like data.h5"),
    (["--out", "data/"], "--out \"data/\": expected a file's name, like data.h5"),
    (["inspect"], "Missing expected argument '<file>'"), (["preview", "data.h5"], "Missing expected argument '--out"),
    (["index"], "Missing expected argument '<file>'"), (["inspect", "data.h5", "--xml"], "Unknown option '--xml'"),
    (["recipe", "--out", "data.h5"], "Unknown option '--out'"),
  ])
  func wrongUsageIsRefused(arguments: [String], message: String) async throws {
    try await refuse(arguments, status: 64, message)
  }

  @Test(arguments: [
    ("side: 64\nseed: -1\n", "recipe.yaml:2: `seed`: found"),
    ("side: 64\nsamples: 8\nlength_scale: [[4, 5]]\n", "recipe.yaml:3: "),
    ("side: [64\n", "recipe.yaml:2: this is not YAML: "),
    ("side: 64\nside: 65\n", "found \"side\" more than once"),
    ("length_scales: [[4, 5, 4]]\n", "recipe.yaml:1: `length_scales`: found 4 twice in scale 0"),
    ("side: 64\nlength_scales: [[4, 5]]\nweights: [1, 2]\n", "recipe.yaml:3: `weights`: found 2 for 1 scale"),
    ("boundary: torus\n", "recipe.yaml:1: `boundary`: found \"torus\""),
    ("", "recipe.yaml: found an empty file, expected the keys of a recipe; `gpgen recipe` prints one"),
    ("just words\n", "recipe.yaml:1: found"),
  ])
  func errorsInRecipesNameLineAndKey(yaml: String, message: String) async throws {
    try folder.write(yaml, to: "recipe.yaml")
    try await refuse(["--recipe", "recipe.yaml", "--out", "data.h5"], status: 1, message)
    try await refuse(["recipe", "--recipe", "recipe.yaml"], status: 1, message)
  }

  @Test func unreadableRecipeIsRefused() async throws {
    try await refuse(
      ["--recipe", "missing.yaml", "--out", "data.h5"], status: 1, "missing.yaml: cannot read the recipe")
    try Data([0xFF, 0xFE, 0x00]).write(to: URL(filePath: folder("binary.yaml")))
    try await refuse(["--recipe", "binary.yaml", "--out", "data.h5"], status: 1, "binary.yaml: ")
  }

  @Test func optionsContradictingTheRecipeAreRefused() async throws {
    try folder.write("side: 64\nlength_scales: [[4, 5]]\nweights: [2]\n", to: "recipe.yaml")
    try await refuse(
      ["--recipe", "recipe.yaml", "--scales", "2", "--out", "data.h5"], status: 64,
      "--scales 2 contradicts the recipe, whose ")
    try await refuse(
      ["--recipe", "recipe.yaml", "--length-scales", "4", "--length-scales", "9", "--out", "data.h5"], status: 64,
      "give --weights too, one for each scale")
  }

  @Test func existingOutputIsRefused() async throws {
    try folder.write("precious", to: "data.h5")
    try await refuse(["--out", "data.h5"], status: 1, "data.h5: exists; use --force to replace it")
    try await refuse(
      ["--out", "data.h5", "--resume", "--size", "64", "--length-scales", "4,8"], status: 1, "data.h5")
    try await refuse(["index", "data.h5"], status: 1, "data.h5: found no shards in its folder")
    try await refuse(["inspect", "data.h5"], status: 1, "data.h5: cannot open")
    try await refuse(["preview", "data.h5", "--out", "p"], status: 1, "data.h5: cannot open")
  }

  @Test func folderAsOutputIsRefused() async throws {
    try FileManager.default.createDirectory(atPath: folder("data.h5"), withIntermediateDirectories: false)
    for policy in [[], ["--force"], ["--resume"]] {
      try await refuse(["--out", "data.h5"] + policy, status: 1, "data.h5: exists and is not a file")
    }
    try await refuse(["inspect", "data.h5"], status: 1, "data.h5: is not a file")
  }

  @Test func fileInAMissingFolderIsRefused() async throws {
    try await refuse(["inspect", "missing/data.h5"], status: 1, "missing/data.h5: cannot read: No such file")
  }

  private static let asNobody = [
    "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ProgramFolder.executable,
  ]

  /// Root may write anywhere, so tests that run as root check another user.
  @Test(
    .enabled(
      if: geteuid() != 0
        || ProgramFolder.works(asNobody + ["--version"]),
      "runs as root, which may write anywhere, and setpriv cannot run gpgen as another user"))
  func readOnlyFolderIsRefused() async throws {
    let files = FileManager.default
    try files.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
    defer { try? files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path) }
    let program = geteuid() == 0 ? Self.asNobody : [ProgramFolder.executable]
    for policy in [[], ["--force"], ["--resume"]] {
      let outcome = try await folder.run(program + ["--out", "data.h5"] + policy)
      #expect(outcome.status == 1)
      #expect(outcome.errors == "Error: data.h5: the folder . is not writable; choose another --out\n")
    }
    let outcome = try await folder.run(program + ["--out", "/dev/null/data.h5", "--previews", "p"])
    #expect(outcome.status == 1)
    #expect(try folder.names.isEmpty)
  }

  /// 400 PB, more than any disk has.
  @Test func lackOfDiskSpaceIsReportedWithBothSizes() async throws {
    for policy in [[], ["--force"], ["--resume"], ["--shards", "2"]] {
      let arguments = ["--size", "32768", "--length-scales", "4000,5000", "--samples", "100000000", "--out", "data.h5"]
      let outcome = try await folder.gpgen(arguments + policy)
      #expect(outcome.status == 1)
      #expect(
        outcome.errors.wholeMatch(
          of:
            /Error: data\.h5: needs 381\.5 PiB, but only [0-9.]+ \w+ is free in \.; free some space, or choose another --out\n/
        )
          != nil, "\(outcome.errors)")
      #expect(try folder.names.isEmpty)
    }
  }

  @Test func fileAsPreviewsFolderIsRefusedBeforehand() async throws {
    try folder.write("precious", to: "previews")
    for (path, message) in [
      ("previews", "previews is a file, not a folder; choose another"),
      ("previews/", "previews/ is a file, not a folder; choose another"),
      ("previews/more", "the folder previews/more cannot be created: previews is a file; choose another"),
    ] {
      try await refuse(
        ["--out", "data.h5", "--size", "64", "--length-scales", "4,8", "--samples", "4", "--previews", path], status: 1,
        message)
    }
    #expect(try await folder.gpgen("--out", "data.h5", "--size", "64", "--samples", "4").status == 0)
    try await refuse(["preview", "data.h5", "--out", "previews"], status: 1, "previews is a file, not a folder")
  }

  @Test func dryRunAlsoRefusesWrongOptions() async throws {
    try await refuse(
      ["--size", "0", "--out", "data.h5", "--dry-run"], status: 64, "The value '0' is invalid for '--size <pixels>'")
    try await refuse(
      ["--samples", "3", "--shards", "4", "--out", "data.h5", "--dry-run"], status: 64, "4 shards for 3 samples")
  }
}
