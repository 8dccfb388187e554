import Foundation
import TextureDataset
import Testing

/// The examples of the documentation, with small textures.
@Suite struct CommandTests {
  private let folder: ProgramFolder
  private let small = ["--size", "64", "--samples", "8"]

  init() throws { folder = try ProgramFolder() }

  /// Runs `gpgen`, expects success and no unexpected messages on standard error, and returns its output.
  @discardableResult
  private func gpgen(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
    let outcome = try await folder.gpgen(arguments)
    #expect(outcome.status == 0, sourceLocation: sourceLocation)
    // The default length scales of small textures are too short, which always gives a warning.
    let lines = outcome.errors.split(separator: "\n")
    #expect(
      lines.allSatisfy { $0.hasPrefix("Warning: Scale 0: ") && $0.contains(" under 2 px") }, "\(outcome.errors)",
      sourceLocation: sourceLocation)
    return outcome.output
  }

  private func json(_ file: String) async throws -> [String: Any] {
    let text = try await gpgen(["inspect", file, "--json"])
    return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  // MARK: Generate

  @Test func generatingIsTheDefault() async throws {
    let output = try await gpgen(["--scales", "2", "--out", "data.h5"] + small)
    #expect(output.hasPrefix("data.h5: 8 samples of 64 x 64, 4 classes; 128.0 KiB in "))
    #expect(output.hasSuffix(" GB/s)\n") && output.filter { $0 == "\n" }.count == 1)
    try await gpgen(["generate", "--scales", "2", "--out", "same.h5"] + small)
    #expect(try folder.names == ["data.h5", "same.h5"])
    #expect(try folder.data("data.h5") == folder.data("same.h5"))
  }

  @Test func previewsAreMadeBesideTheData() async throws {
    let output = try await gpgen(["--scales", "2", "--out", "data.h5", "--previews", "previews/"] + small)
    #expect(output.hasSuffix("\npreviews/: pictures of 4 classes, and contact-sheet.png\n"))
    #expect(
      try folder.files.keys.sorted() == [
        "data.h5", "previews", "previews/class-00_0.59375-5.png", "previews/class-01_0.625-5.png",
        "previews/class-02_0.59375-8.75.png", "previews/class-03_0.625-8.75.png", "previews/contact-sheet.png",
      ])
    // `preview` makes the same pictures from the file.
    let made = try await gpgen(["preview", "data.h5", "--out", "again"])
    #expect(made == "again: pictures of 4 classes, and contact-sheet.png\n")
    let files = try folder.files
    #expect(files["previews/contact-sheet.png"] == files["again/contact-sheet.png"])
    #expect(files["previews/class-02_0.59375-8.75.png"] == files["again/class-02_0.59375-8.75.png"])
  }

  @Test func chosenSamplesAreDrawn() async throws {
    try await gpgen(["--scales", "2", "--out", "data.h5", "--shards", "2"] + small)
    let output = try await gpgen(["preview", "data.h5", "--out", "wrong", "--sample", "3,0"])
    #expect(output == "wrong: pictures of 2 samples, and contact-sheet.png\n")
    #expect(
      try folder.files.keys.filter { $0.hasPrefix("wrong/") }.sorted() == [
        "wrong/contact-sheet.png", "wrong/sample-00_0.59375-5.png", "wrong/sample-03_0.625-8.75.png",
      ])
    // The same sample of a shard, given by its index in the dataset, gives the same picture.
    try await gpgen(["preview", "data-00000-of-00002.h5", "--out", "shard", "--sample", "3"])
    let name = "sample-03_0.625-8.75.png"
    #expect(try folder.data("wrong/\(name)") == folder.data("shard/\(name)"))
    let before = try folder.names
    for (file, sample, message) in [
      ("data.h5", "99", "data.h5: has no sample 99; expected 0 to "),
      ("data-00001-of-00002.h5", "0", "data-00001-of-00002.h5: has no sample 0; expected "),
    ] {
      let outcome = try await folder.gpgen("preview", file, "--out", "new", "--sample", sample)
      #expect(outcome.status == 1 && outcome.errors.contains(message), "\(outcome.errors)")
    }
    for samples in ["1,1", "1,", "a"] {
      #expect(try await folder.gpgen("preview", "data.h5", "--out", "new", "--sample", samples).status == 64)
    }
    #expect(try folder.names == before)
    // A bare picture has the size of the texture in its header, and no panel.
    try await gpgen(["preview", "data.h5", "--out", "bare", "--sample", "3", "--plain", "--quiet"])
    #expect(try folder.data("bare/\(name)").dropFirst(16).prefix(8) == Data([0, 0, 0, 64, 0, 0, 0, 64]))
    #expect(try folder.data("bare/contact-sheet.png") == folder.data("shard/contact-sheet.png"))
    let texts = try [name, "contact-sheet.png"].map {
      String(decoding: try folder.data("wrong/\($0)"), as: Unicode.ASCII.self)
    }
    #expect(texts[0].contains("panel\u{0}17, 63, 256, 256") && texts.allSatisfy { $0.contains("scale_bar\u{0}10 px") })
    let names = try folder.names
    let again = try await folder.gpgen("preview", "data.h5", "--out", "wrong", "--sample", "3")
    #expect(again.status == 1 && again.errors.contains("wrong/\(name): exists; use --force"))
    #expect(try folder.names == names)
  }

  @Test func presetIsThePapersDataset() async throws {
    try await gpgen(["--preset", "backdrop-2018", "--out", "paper.h5"] + small)
    try await gpgen(["--scales", "2", "--standardize", "--out", "same.h5"] + small)
    #expect(try folder.data("paper.h5") == folder.data("same.h5"))
  }

  @Test func threeScalesInFourShards() async throws {
    let output = try await gpgen(
      ["--scales", "3", "--size", "64", "--samples", "9", "--seed", "7", "--shards", "4", "--out", "d.h5"])
    #expect(output.hasPrefix("d.h5: 9 samples of 64 x 64, 8 classes, in 4 shards; "))
    #expect(try folder.names == (0..<4).map { "d-0000\($0)-of-00004.h5" } + ["d.h5"])
    let json = try await json("d.h5")
    #expect(json["kind"] as? String == "index")
    let recipe = try #require(json["recipe"] as? [String: Any])
    #expect(recipe["seed"] as? Int == 7)
    #expect(recipe["weights"] as? [Double] == [0.5, 1, 2])
  }

  @Test func lengthScalesAndWeightsCanBeGiven() async throws {
    try await gpgen([
      "--length-scales", "4,5", "--length-scales", "8,15", "--weights", "1,2", "--size", "64", "--samples", "12",
      "--dtype", "float16", "--threads", "3", "--out", "e.h5",
    ])
    let recipe = try #require(try await json("e.h5")["recipe"] as? [String: Any])
    #expect(recipe["length_scales"] as? [[Double]] == [[4, 5], [8, 15]])
    #expect(recipe["weights"] as? [Double] == [1, 2])
    #expect(recipe["dtype"] as? String == "float16")
  }

  @Test func recipeMakesTheSameDatasetAndOptionsOverrideIt() async throws {
    try folder.write(try await gpgen(["recipe", "--scales", "2"] + small), to: "recipe.yaml")
    try await gpgen(["--recipe", "recipe.yaml", "--out", "f.h5"])
    try await gpgen(["--scales", "2", "--out", "direct.h5"] + small)
    #expect(try folder.data("f.h5") == folder.data("direct.h5"))
    try await gpgen(["--recipe", "recipe.yaml", "--seed", "9", "--samples", "5", "--out", "g.h5"])
    try await gpgen(["--scales", "2", "--seed", "9", "--size", "64", "--samples", "5", "--out", "direct-9.h5"])
    #expect(try folder.data("g.h5") == folder.data("direct-9.h5"))
    // `recipe` also applies options to a recipe.
    let text = try await gpgen(["recipe", "--recipe", "recipe.yaml", "--seed", "9"])
    #expect(text.contains("seed: 9\n"))
  }

  @Test func dryRunDescribesTheDatasetAndWritesNothing() async throws {
    let arguments = ["--scales", "2", "--out", "data.h5", "--previews", "previews", "--shards", "2", "--dry-run"]
    let output = try await gpgen(arguments + small)
    for line in [
      "samples   8 of 64 x 64 pixels, float32, seed 0", "files     data.h5, index of data-00000-of-00002.h5 to",
      "bytes     ", "memory    ", "hash      ", "classes   4", "  2  0.59375-8.75  variance 2.125 at every pixel",
      "  scale 1, 8.75 px: 129 of 2112 modes in 9 of 33 columns, dropped 3.142e-13",
    ] {
      #expect(output.contains(line), "\(line)")
    }
    #expect(try folder.names.isEmpty)
  }

  @Test func oneClassIsMadeWithAWarning() async throws {
    let outcome = try await folder.gpgen(
      "--length-scales", "4", "--size", "32", "--samples", "2", "--out", "one.h5", "--previews", "p")
    #expect(outcome.status == 0)
    #expect(
      outcome.errors
        == "Warning: The dataset has one class: every label is 0."
        + " Give a scale two length scales or more for classes.\n")
    #expect(outcome.output.contains("one.h5: 2 samples of 32 x 32, 1 class; "))
    #expect(try folder.names == ["one.h5", "p"])
  }

  @Test func longLengthScalesAreMadeWithAWarning() async throws {
    let outcome = try await folder.gpgen("--length-scales", "4,20", "--size", "64", "--samples", "2", "--out", "a.h5")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("Warning: Scale 0: a length scale of 20 px is over 16 px, a quarter of the side."))
    #expect(try folder.names == ["a.h5"])
  }

  @Test func quietPrintsNothing() async throws {
    let outcome = try await folder.gpgen(
      "--length-scales", "4", "--size", "32", "--samples", "2", "--out", "one.h5", "--shards", "2", "--previews", "p",
      "--quiet")
    #expect(outcome.status == 0 && outcome.output == "" && outcome.errors == "")
    #expect(try await gpgen(["preview", "one.h5", "--out", "p", "--force", "--quiet"]) == "")
    #expect(try await gpgen(["index", "one.h5", "--force", "-q"]) == "")
    let refused = try await folder.gpgen("--length-scales", "4", "--size", "32", "--out", "one.h5", "--quiet")
    #expect(refused.status == 1 && refused.output == "")
    #expect(refused.errors.hasPrefix("Error: "))
  }

  @Test func finishedOutputIsResumedReplacedOrRefused() async throws {
    try await gpgen(["--scales", "2", "--out", "data.h5"] + small)
    let before = try folder.data("data.h5")
    let refused = try await folder.gpgen(["--scales", "2", "--out", "data.h5"] + small)
    #expect(refused.status == 1)
    #expect(refused.errors.hasSuffix("Error: data.h5: exists; use --force to replace it, or choose another --out\n"))
    let resumed = try await gpgen(["--scales", "2", "--out", "data.h5", "--resume"] + small)
    #expect(resumed == "data.h5: already complete, 8 samples; nothing to do\n")
    #expect(try folder.data("data.h5") == before)
    try await gpgen(["--scales", "2", "--out", "data.h5", "--force", "--seed", "1"] + small)
    #expect(try folder.data("data.h5") != before)
    #expect(try folder.names == ["data.h5"])
  }

  @Test func finishedDatasetGrows() async throws {
    let arguments = ["--scales", "2", "--out", "data.h5", "--shards", "2", "--size", "64", "--samples"]
    try await gpgen(arguments + ["8"])
    let plan = try await gpgen(arguments + ["13", "--resume", "--dry-run"])
    #expect(plan.contains("\ncopies    8 samples from the existing smaller dataset\n"))
    let grown = try await gpgen(arguments + ["13", "--resume"])
    #expect(
      grown.hasPrefix("data.h5: 13 samples of 64 x 64, 4 classes, in 2 shards (8 copied); 80.0 KiB in "))
    let other = try ProgramFolder()
    #expect(try await other.gpgen(arguments + ["13"]).status == 0)
    #expect(try folder.files == other.files)
    #expect(try await folder.gpgen("verify", "data.h5").status == 0)
    let shrunk = try await folder.gpgen(arguments + ["8", "--resume"])
    #expect(shrunk.status == 1)
    #expect(shrunk.errors.contains("which cannot shrink to 8; use --samples 13, or --force to replace it"))
    #expect(try folder.files == other.files)
  }

  @Test func tasksAndTheirIndexGiveTheBytesOfOneRun() async throws {
    let other = try ProgramFolder()
    let arguments = ["--scales", "2", "--out", "data.h5", "--shards", "3"] + small
    #expect(try await other.gpgen(arguments).status == 0)
    let first = try await gpgen(arguments + ["--task-index", "1", "--task-count", "2"])
    #expect(first.hasSuffix("\nTask 1 of 2 is complete. After all tasks: gpgen index data.h5 --task-count 2\n"))
    let early = try await folder.gpgen("index", "data.h5")
    #expect(early.status == 1)
    #expect(early.errors == "Error: data.h5: 1 of 3 shards is missing: data-00000-of-00003.h5\n")
    try await gpgen(arguments + ["--task-index", "0", "--task-count", "2"])
    #expect(try await gpgen(["index", "data.h5"]) == "data.h5: 8 samples in 3 shards\n")
    let finished = "data.h5: already complete, 8 samples in 3 shards; nothing to do\n"
    #expect(try await gpgen(["index", "data.h5"]) == finished)
    #expect(try folder.files == other.files)
  }

  @Test func taskIsTakenFromTheEnvironment() async throws {
    let arguments = [ProgramFolder.executable, "--scales", "1", "--out", "data.h5", "--array"] + small
    let first = try await folder.run(["/usr/bin/env", "OMPI_COMM_WORLD_RANK=1", "OMPI_COMM_WORLD_SIZE=3"] + arguments)
    #expect(first.status == 0)
    #expect(first.errors.hasPrefix("This is task 1 of 3, from Open MPI (OMPI_COMM_WORLD_RANK=1)\n"))
    #expect(first.output.hasSuffix("\nTask 1 of 3 is complete. After all tasks: gpgen index data.h5 --task-count 3\n"))
    #expect(try folder.names == ["data-00001-of-00003.h5"])
    let pod = try await folder.run(
      ["/usr/bin/env", "JOB_COMPLETION_INDEX=2"] + arguments + ["--task-count", "3", "--quiet"])
    #expect(pod.status == 0 && pod.errors.isEmpty)
    #expect(try folder.names == ["data-00001-of-00003.h5", "data-00002-of-00003.h5"])
    let array = ["/usr/bin/env", "SLURM_ARRAY_TASK_ID=1", "SLURM_ARRAY_TASK_MIN=1", "SLURM_ARRAY_TASK_STEP=1"]
    let other = try await folder.run(array + arguments)
    #expect(other.status == 64)
    #expect(other.errors.hasPrefix("Error: SLURM_ARRAY_TASK_MIN is 1, expected 0"))
    let pictures = try await folder.run(array + arguments + ["--task-count", "3", "--previews", "p"])
    #expect(pictures.errors.contains("--previews needs samples of every class"))
    let both = try await folder.run(arguments + ["--task-index", "1"])
    #expect(
      both.errors.contains("--array reads the task from the environment, and --task-index sets it; give one of them."))
    let missing = try await folder.gpgen("index", "data.h5", "--task-count", "3")
    #expect(missing.errors.hasSuffix("Task 0 of 3 makes them: run it again with --resume, as in sbatch --array=0\n"))
  }

  @Test func taskCountIsTheDefaultNumberOfShards() async throws {
    for index in ["0", "1"] {
      try await gpgen(["--scales", "2", "--out", "d.h5", "--task-index", index, "--task-count", "2"] + small)
    }
    #expect(try folder.names == ["d-00000-of-00002.h5", "d-00001-of-00002.h5"])
  }

  // MARK: The other commands

  @Test func inspectPrintsTextAndJSON() async throws {
    try await gpgen(["--scales", "2", "--out", "data.h5"] + small)
    let text = try await gpgen(["inspect", "data.h5"])
    #expect(text.hasPrefix("file         data.h5, "))
    #expect(text.contains("\nkind         shard, the whole dataset\n"))
    let json = try await json("data.h5")
    #expect(json["file"] as? String == "data.h5")
    #expect((json["classes"] as? [[String: Any]])?.count == 4)
  }

  @Test func colormapsGiveDifferentPictures() async throws {
    try await gpgen(["--scales", "1", "--out", "data.h5"] + small)
    var pictures: Set<Data> = []
    for colormap in ["inferno", "viridis", "gray"] {
      try await gpgen(["preview", "data.h5", "--out", colormap, "--colormap", colormap])
      pictures.insert(try folder.data("\(colormap)/contact-sheet.png"))
    }
    #expect(pictures.count == 3)
  }

  @Test(arguments: [
    ([], "\n\nDATASET SUBCOMMANDS:\n  generate (default) "), (["generate"], "\n\nOUTPUT:\n  --out <file> "),
    (["train"], "\n\nOPTIMIZATION:\n  --batch-mask "), (["recipe"], "--length-scales"), (["inspect"], "--json"),
    (["preview"], "--colormap"), (["index"], "--force"),
  ])
  func helpReadsWell(command: [String], content: String) async throws {
    let help = try await gpgen(command + ["--help"])
    #expect(help.hasPrefix("OVERVIEW: "))
    #expect(help.contains("USAGE: gpgen \((command + [""]).joined(separator: " "))"))
    #expect(help.contains(content))
    #expect(help.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.hasPrefix("USAGE: ") })
    #expect(try await gpgen(["help"] + command) == help)
    #expect(try folder.names.isEmpty)
  }

  @Test func versionIsANumber() async throws {
    let version = try await gpgen(["--version"])
    #expect(version.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func everyShellHasCompletions(shell: String) async throws {
    #expect(try await gpgen(["--generate-completion-script", shell]).contains("length-scales"))
  }
}
