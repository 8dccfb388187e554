import Foundation
import Testing

/// `gpgen train` and the commands that read its runs.
@Suite struct TrainTests {
  private let folder: ProgramFolder
  /// A small network on one thread, since other tests keep the cores busy.
  private static let quick = ["--epochs", "2", "--batch", "4", "--threads", "1", "--depth", "2", "--channels", "4"]

  init() async throws {
    folder = try ProgramFolder()
    try await make("data.h5")
  }

  private func make(_ file: String, side: Int = 32, lengthScales: String = "2,6", seed: Int = 0) async throws {
    let made = try await folder.gpgen(
      "--size", "\(side)", "--length-scales", lengthScales, "--samples", "20", "--seed", "\(seed)", "--quiet", "--out",
      file)
    try #require(made.status == 0)
  }

  private func train(_ arguments: String...) async throws -> ProgramFolder.Outcome {
    try await folder.gpgen(["train"] + arguments + Self.quick)
  }

  @Test func trainingWritesARunAndPrintsItsPaths() async throws {
    let outcome = try await train("data.h5", "--out", "run/")
    #expect(outcome.status == 0)
    let said = outcome.output.split(separator: "\n")
    #expect(
      said[0].firstMatch(
        of: #/^run/: 2 epochs of 16 samples; accuracy [\d.]+% \(best possible [\d.]+%\) on 4 held-out samples; /#)
        != nil)
    #expect(
      said.dropFirst().map(String.init) == [
        "weights   run/weights.safetensors", said[2].description, "metrics   run/metrics.jsonl",
        "evaluate  gpgen evaluate run/ data.h5",
      ])
    // Without a terminal, each epoch prints a line.
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 2 && lines[1].hasPrefix("epoch 2  loss "))
    #expect(!outcome.errors.contains("\r"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder("run")).sorted() == [
        ".lock", "best.safetensors", "checkpoint.safetensors", "configuration.json", "confusion.txt",
        "evaluation.json", "metrics.jsonl", "weights.safetensors",
      ])
    #expect(try folder.text("run/confusion.txt").hasPrefix("true \\ predicted  2  6\n2 "))
  }

  #if !MPI
    /// Without MPI, processes started by a launcher would all write the same folder. A batch script is one process.
    @Test(arguments: ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"])
    func severalProcessesWithoutMPIAreRefused(variable: String) async throws {
      let words = [ProgramFolder.executable, "train", "data.h5", "--out", "run"] + Self.quick
      let outcome = try await folder.run(["/usr/bin/env", "\(variable)=4"] + words)
      #expect(outcome.status == 64)
      #expect(
        outcome.errors.hasPrefix(
          "Error: 4 processes were started (\(variable)=4), and this gpgen was built without MPI"))
      #expect(outcome.errors.contains("--traits MPI"))
      #expect(!FileManager.default.fileExists(atPath: folder("run")))
      for environment in ["\(variable)=1", "SLURM_NTASKS=4"] {
        #expect(try await folder.run(["/usr/bin/env", environment] + words + ["--force", "--quiet"]).status == 0)
      }
    }
  #endif

  /// Relative names of one character, and a combining character after a slash.
  @Test(arguments: ["t", "é", "q/r", "u//v/", "w/\u{301}x"])
  func folderMayHaveAnyName(name: String) async throws {
    let errors = try await refusal(["data.h5", "--out", name, "--weights-from", "none"] + Self.quick)
    #expect(errors.hasPrefix("Error: none: cannot open"))
    let outcome = try await train("data.h5", "--out", name, "--quiet")
    #expect(outcome.status == 0 && outcome.errors == "")
    #expect(try folder.text("\(name)/metrics.jsonl").split(separator: "\n").count == 2)
  }

  /// The method is recorded in the configuration and the metrics, and its runs can be resumed.
  @Test(arguments: [
    (
      "sbp", ["--sbp-ratio", "0.25", "--sbp-places", "random", "--sbp-unbiased"],
      "sbp: {ratio: 0.25, places: random, unbiased: true}"
    ), ("meprop", ["--meprop-k", "9"], "meprop: {k: 9}"),
  ])
  func methodsAreRecorded(method: String, options: [String], layer: String) async throws {
    let arguments = ["train", "data.h5", "--out", "run", "--method", method] + options + Self.quick
    #expect(try await folder.gpgen(arguments).status == 0)
    let configuration = try folder.text("run/configuration.json")
    #expect(configuration.components(separatedBy: layer).count == 3)
    #expect(configuration.contains(#""method" : "\#(method)""#))
    for line in try folder.text("run/metrics.jsonl").split(separator: "\n") {
      #expect(line.contains(#""method":"\#(method)""#))
      let kept = try #require(line.firstMatch(of: #/"keep_fraction":([\d.]+)/#)?.1)
      #expect((0.001..<0.3).contains(try #require(Double(kept))))
    }
    #expect(try await folder.gpgen(arguments + ["--resume", "--epochs", "3"]).status == 0)
    #expect(try folder.text("run/metrics.jsonl").split(separator: "\n").count == 3)
  }

  @Test(arguments: [
    (["--meprop-k", "9"], "--meprop-k applies to --method meprop only, and the method is backdrop"),
    (
      ["--method", "sbp", "--fine-mask", "0.5"], "--fine-mask applies to --method backdrop only, and the method is sbp"
    ),
    (
      ["--method", "meprop", "--meprop-k", "3", "--coarse-after", "2"],
      "--coarse-after applies to --method backdrop or s"
    ),
    (["--method", "meprop"], "--method meprop needs --meprop-k"),
    (["--method", "sbp", "--sbp-ratio", "0"], "expected a number above 0 and at most 1"),
    (["--method", "dropout"], "backdrop"),
    (["--network", "n.yaml", "--method", "sbp"], "--method changes the reference network"),
  ])
  func optionsOfOtherMethodsAreRefused(options: [String], message: String) async throws {
    let outcome = try await folder.gpgen(["train", "data.h5", "--out", "run"] + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test func quietPrintsNothing() async throws {
    let outcome = try await train("data.h5", "--out", "run", "--quiet")
    #expect(outcome.status == 0 && outcome.output == "" && outcome.errors == "")
  }

  /// Separate validation data, a limited number of training samples, and a log of steps.
  @Test func optionsForStudiesWork() async throws {
    try await make("v.h5", seed: 1)
    let options = [
      "train", "data.h5", "--out", "run", "--validation-data", "v.h5", "--train-count", "9", "--log-every", "2",
    ]
    let outcome = try await folder.gpgen(options + Self.quick)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let said = outcome.output.split(separator: "\n")
    #expect(said[0].contains("2 epochs of 9 samples; ") && said[0].contains(" on 20 held-out samples; "))
    #expect(said.contains("steps     run/steps.jsonl") && said.contains("evaluate  gpgen evaluate run v.h5"))
    #expect(try folder.text("run/steps.jsonl").split(separator: "\n").count == 3)
    let evaluation = try await folder.gpgen("evaluate", "run", "v.h5", "--json")
    #expect(try Data(evaluation.output.utf8) == folder.data("run/evaluation.json"))
    let part = try await folder.gpgen("evaluate", "run", "data.h5")
    #expect(part.output.hasPrefix("samples    9\n") && part.errors.contains("evaluating on its train part"))

    let other = try await folder.gpgen(options + Self.quick + ["--resume", "--validation-data", "data.h5"])
    #expect(other.status == 1 && other.errors.contains("the validation data is not independent: its samples 0 to 19 "))
    let none = try await folder.gpgen(
      ["train", "data.h5", "--out", "run", "--train-count", "9", "--resume"] + Self.quick)
    #expect(none.status == 1 && none.errors.contains("the validation data (a separate dataset there, a part of"))
  }

  /// A network may be validated on noisier textures than those it is trained on.
  @Test func otherValidationDataIsNoted() async throws {
    try folder.write("side: 32\nlength_scales: [[2, 5]]\nnoise: 0.2\nseed: 4\nsamples: 6\n", to: "v.yaml")
    let outcome = try await train("data.h5", "--out", "run", "--validation-data", "v.yaml")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.errors.hasPrefix("Note: the validation data differs from the training data in length_scales, noise, so "))
    // `evaluate` needs data with the run's classes.
    #expect(outcome.output.contains("gpgen evaluate run data.h5"))
  }

  @Test(arguments: [
    (["--validation-data", "v.h5", "--validation-fraction", "0.2"], "--validation-fraction holds out a part"),
    (["--validation-data", "v.h5", "--split-seed", "1"], "--split-seed holds out a part"),
    (["--train-count", "17"], "17 samples to train on: the training part has only 16 (4 of 20 are set aside)"),
    (["--train-count", "0"], "expected a whole number from 1 to"),
    (["--log-every", "0"], "expected a whole number from 1 to"),
  ])
  func wrongOptionsForStudiesAreRefused(options: [String], message: String) async throws {
    let outcome = try await folder.gpgen(["train", "data.h5", "--out", "run"] + options)
    #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome.errors)")
    #expect(try folder.names == ["data.h5"])
  }

  /// The network that `recipe --network` prints trains to the same weights as its options.
  @Test func printedNetworkIsTheReferenceNetwork() async throws {
    let recipe = ["recipe", "--network", "--size", "32", "--length-scales", "2,6"]
    let options = ["--depth", "2", "--channels", "4", "--kernel", "2", "--fine-mask", "0.5"]
    let printed = try await folder.gpgen(recipe + options)
    #expect(printed.status == 0 && printed.errors == "")
    try folder.write(printed.output, to: "n.yaml")
    let learning = ["train", "data.h5", "--quiet", "--epochs", "1", "--batch", "16", "--threads", "1", "--out"]
    #expect(try await folder.gpgen(learning + ["a"] + options).status == 0)
    #expect(try await folder.gpgen(learning + ["b", "--network", "n.yaml"]).status == 0)
    #expect(try folder.data("a/weights.safetensors") == folder.data("b/weights.safetensors"))
    #expect(try await folder.gpgen(recipe + ["--outputs", "7"]).output.contains("linear: {outputs: 7}"))
    let alone = try await folder.gpgen("recipe", "--size", "32", "--length-scales", "2,6", "--depth", "2")
    #expect(alone.status == 64 && alone.errors.contains("--depth has no effect without --network; add --network"))
    let series = try await folder.gpgen("recipe", "--network", "--shape", "64", "--length-scales", "2,6")
    #expect(series.status == 1 && series.errors.contains("networks are trained on images"))
  }

  @Test func learningRateHasItsUsualNames() async throws {
    var runs: Set<String> = []
    for name in ["--learning-rate", "--lr", "--rate"] {
      let outcome = try await train("data.h5", "--out", "run", "--force", "--quiet", name, "0.002")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let configuration = try folder.text("run/configuration.json")
      #expect(configuration.contains("0.002"))
      runs.insert(configuration)
    }
    #expect(runs.count == 1)
    let errors = try await refusal(["data.h5", "--out", "new", "--lr", "1", "--rate", "2"], status: 64)
    #expect(errors.contains("--learning-rate and --rate are the same option"))
  }

  // MARK: Evaluation

  @Test func ownDatasetIsEvaluatedOnItsValidationPartAndOthersOnAll() async throws {
    _ = try await train("data.h5", "--out", "run")
    try await make("test.h5", seed: 1)
    let own = try await folder.gpgen("evaluate", "run", "data.h5")
    #expect(own.status == 0 && own.output.hasPrefix("samples    4\n"))
    #expect(
      own.errors
        == "Note: data.h5 is the run's own dataset; evaluating on its validation part, --split all uses all samples.\n")
    #expect(try await folder.gpgen("evaluate", "run", "data.h5", "--split", "all").output.hasPrefix("samples    20\n"))
    let other = try await folder.gpgen("evaluate", "run", "test.h5")
    #expect(other.errors == "" && other.output.hasPrefix("samples    20\n"))
    let json = try await folder.gpgen("evaluate", "run/", "data.h5", "--json")
    #expect(try Data(json.output.utf8) == folder.data("run/evaluation.json"))
  }

  @Test func predictionsAreWrittenForAllSamples() async throws {
    _ = try await train("data.h5", "--out", "run")
    let outcome = try await folder.gpgen("predict", "run", "data.h5", "--out", "p.csv")
    #expect(outcome.status == 0 && outcome.output == "p.csv: 20 samples\n")
    let lines = try folder.text("p.csv").split(separator: "\n")
    #expect(lines.count == 21 && lines[0] == "sample,label,predicted,score_2,score_6")
    #expect(lines[4].hasPrefix("3,1,"))
    let piped = try await folder.gpgen("predict", "run", "data.h5", "--out", "-", "--checkpoint", "last")
    #expect(try Data(piped.output.utf8) == folder.data("p.csv"))
  }

  @Test func unwritableOutputIsRefusedBeforeThePrediction() async throws {
    _ = try await train("data.h5", "--out", "run")
    let names = try folder.names
    let directory = try await folder.gpgen("predict", "run", "data.h5", "--out", "run")
    #expect(directory.status == 1 && directory.errors.hasPrefix("Error: run: exists and is not a file; "))
    let missing = try await folder.gpgen("predict", "run", "none.h5", "--out", "data.h5/p.csv")
    #expect(missing.status == 1 && missing.errors.hasPrefix("Error: data.h5/p.csv: data.h5 is a file, not a folder; "))
    #expect(try folder.names == names)
  }

  /// Whatever the limit is, a command succeeds or ends with an error message.
  @Test(.enabled(if: ProgramFolder.canLimitAddressSpace), arguments: [180_000, 280_000, 400_000])
  func lackOfAddressSpaceIsAnErrorMessage(kibibytes: Int) async throws {
    _ = try await train("data.h5", "--out", "run")
    let commands = [
      ["train", "data.h5", "--out", "small", "--epochs", "1", "--batch", "4", "--threads", "2"],
      ["evaluate", "run", "data.h5"], ["predict", "run", "data.h5", "--out", "-"],
      ["footprint", "run", "data.h5", "--out", "f.png"],
    ]
    for command in commands {
      let outcome = try await folder.gpgen(command + ["--quiet"], addressSpace: kibibytes)
      #expect([0, 1].contains(outcome.status), "\(command): \(outcome.errors)")
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == Int(outcome.status), "\(command): \(outcome.errors)")
      #expect(lines.allSatisfy { $0.hasPrefix("Error: ") && $0.contains("memory") }, "\(command): \(outcome.errors)")
    }
  }

  /// The second convolution has 400 MiB of weights.
  @Test(.enabled(if: ProgramFolder.canLimitAddressSpace))
  func networkTooLargeForMemoryIsRefusedBeforehand() async throws {
    try folder.write(
      """
      layers:
        - convolution: {channels: 1024, kernel: 3, padding: 1}
        - convolution: {channels: 11380, kernel: 3, padding: 1}
        - global_average_pool
        - flatten
        - linear: {outputs: 2}
      """, to: "large.yaml")
    let names = try folder.names
    let outcome = try await folder.gpgen(
      ["train", "data.h5", "--out", "run", "--network", "large.yaml", "--batch", "4", "--threads", "1", "--quiet"],
      addressSpace: 600_000)
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.firstMatch(of: #/^Error: training with batches of 4 needs [\d.]+ GiB of memory, but /#) != nil,
      "\(outcome.errors)")
    #expect(try folder.names == names)
  }

  @Test func footprintShowsPixelsWithGradients() async throws {
    _ = try await train("data.h5", "--out", "run")
    let masked = try await folder.gpgen("footprint", "run", "data.h5", "--sample", "3", "--out", "f.png")
    let part = try #require(
      masked.output.firstMatch(of: #/^f.png: sample 3, class 6; ([\d.]+)% of its pixels have a gradient in step 0\n$/#)?
        .1)
    #expect(try #require(Double(part)) < 100)
    let dense = try await folder.gpgen("footprint", "run", "data.h5", "--sample", "3", "--out", "d.png", "--no-masks")
    #expect(dense.output.hasSuffix("; 100.0% of its pixels have a gradient without masks\n"))
    #expect(try folder.data("f.png").prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
    let second = try await folder.gpgen(
      "footprint", "run", "data.h5", "--sample", "3", "--step", "1", "--out", "s.png", "--quiet")
    #expect(second.status == 0 && second.output == "")
    #expect(try folder.data("s.png") != folder.data("f.png"))
  }

  // MARK: Rectangles

  private func make(_ file: String, shape: String) async throws {
    let made = try await folder.gpgen(
      "--shape", shape, "--length-scales", "2,6", "--samples", "20", "--quiet", "--out", file)
    try #require(made.status == 0, "\(made.errors)")
  }

  @Test func networksTrainOnRectangles() async throws {
    try await make("tall.h5", shape: "48,32")
    #expect(try await train("tall.h5", "--out", "run").status == 0)
    let configuration = try folder.text("run/configuration.json")
    #expect(configuration.contains("\"height\" : 48") && configuration.contains("\"width\" : 32"))
    #expect(configuration.contains("\"turn\" : false") && configuration.contains("\"flip\" : true"))
    let more = try await folder.gpgen(
      ["train", "tall.h5", "--out", "run", "--resume"] + Self.quick + ["--epochs", "3"])
    #expect(more.status == 0 && more.output.contains("3 epochs of 16 samples"), "\(more.errors)")
    #expect(try await folder.gpgen("evaluate", "run", "tall.h5").output.contains("samples    4\n"))
    let footprint = try await folder.gpgen("footprint", "run", "tall.h5", "--out", "f.png")
    #expect(footprint.status == 0, "\(footprint.errors)")
    // A panel of 32 x 48 pixels, magnified 8 times, below a title of two lines.
    let texts = String(decoding: try folder.data("f.png"), as: Unicode.ASCII.self)
    #expect(texts.contains("panel\u{0}17, 63, 256, 384") && texts.contains("scale_bar\u{0}10 px"))
    // Square crops of rectangles are allowed.
    #expect(try await train("tall.h5", "--out", "cropped", "--crop", "32").status == 0)
    // A dataset with the same number of pixels but another shape is refused.
    try await make("wide.h5", shape: "32,48")
    let other = try await folder.gpgen("evaluate", "run", "wide.h5")
    #expect(other.errors.contains("the dataset's textures have 32 x 48 pixels, those of run have 48 x 32"))
  }

  @Test func turnsOfRectanglesAndNonImagesAreRefused() async throws {
    try await make("tall.h5", shape: "48,32")
    let turn = try await refusal(["tall.h5", "--out", "run", "--batch", "4", "--turn"], status: 64)
    #expect(turn.contains("turn: the textures are images of 48 x 32 pixels, which are neither squares nor cubes"))
    let crop = try await refusal(["tall.h5", "--out", "run", "--batch", "4", "--crop", "33"], status: 64)
    #expect(crop.contains("a crop of 33 pixels: expected 1 to 32, the textures' extent"))
    try await make("volume.h5", shape: "8,8,8")
    let volume = try await refusal(["volume.h5", "--out", "run"])
    #expect(
      volume.contains("the dataset's textures are volumes of 8 x 8 x 8 pixels, but networks are trained on images"))
  }

  // MARK: Bad input

  /// Checks that input is refused before anything is written, and returns the error message.
  private func refusal(_ arguments: [String], status: Int32 = 1) async throws -> String {
    let before = try folder.files
    let outcome = try await folder.gpgen(["train"] + arguments)
    #expect(outcome.status == status, "\(arguments)")
    #expect(outcome.output == "")
    #expect(try folder.files == before, "refused input leaves no trace")
    return outcome.errors
  }

  @Test func untrainableDatasetsAreRefused() async throws {
    try await make("one.h5", lengthScales: "4")
    #expect(
      try await refusal(["one.h5", "--out", "run"]) == "Error: the dataset has one class, 4: there is nothing to "
        + "distinguish; give a scale at least two length scales\n")
    #expect(
      try await refusal(["data.h5", "--out", "run", "--batch", "17"])
        == "Error: 16 samples to train on (4 of 20 are set aside), fewer "
        + "than a batch of 17; use a smaller batch, set fewer aside, or generate more samples\n")
    let small = try await refusal(["data.h5", "--out", "run", "--batch", "4", "--depth", "8", "--kernel", "2"])
    #expect(small.contains("the smallest textures that fit this network are 255x255"))
    #expect(try await refusal(["none.h5", "--out", "run"]).contains("none.h5: cannot read: No such file"))
  }

  @Test(arguments: [
    (["--rate", "-1"], "learning rate -1.0: expected a finite number of at least 0"),
    (["--activation-memory", "0"], "expected a whole number from 1 to 1048576"),
    (["--activation-memory", "1048577"], "expected a whole number from 1 to 1048576"),
    (["--step-every", "5"], "need --schedule step"), (["--momentum", "0.9"], "need --optimizer sgd"),
    (["--optimizer", "sgd", "--momentum", "1"], "momentum 1.0: expected"), (["--clip", "0"], "clip 0.0: expected"),
    (["--clip", "inf"], "clip inf: expected"), (["--weight-decay", "nan"], "weight decay nan: expected"),
    (["--epochs", "1000000000", "--batch", "1"], "1000000000 epochs of 16 batches: expected at most 4294967296"),
    (["--checkpoint-minutes", "nan"], "checkpoint-minutes nan: expected"),
    (["--validation-fraction", "nan"], "validation fraction nan: expected"),
    (["--loss", "auc"], "name them with --positive-classes"),
    (["--loss", "f1", "--positive-classes", "0,1"], "name at least one, each once, and not all 2"),
    (["--loss", "f1", "--positive-classes", "2"], "positive classes 2: expected indices from 0 to 1"),
    (["--positive-classes", "1"], "positive classes are for the losses auc"),
    (["--validation-fraction", "1"], "validation fraction 1.0: expected at least 0 and less than 1"),
    (["--crop", "33"], "a crop of 33 pixels: expected 1 to 32, the textures' extent"),
    (["--network", "n.yaml", "--depth", "3"], "--depth changes the reference network"),
    (["--resume", "--force"], "give one of them"), (["--mask-dims", "y,z"], "mask-dims"),
    (["--fine-mask", "2"], "expected a number from 0 to 1"),
    (["--checkpoint-minutes", "0"], "expected a number above 0 and at most 1000000"),
  ])
  func wrongOptionsAreRefused(options: [String], message: String) async throws {
    let errors = try await refusal(["data.h5", "--out", "run", "--batch", "4"] + options, status: 64)
    #expect(errors.contains(message), "\(errors)")
  }

  @Test func incompatibleWeightsAreRefused() async throws {
    _ = try await train("data.h5", "--out", "first")
    let from = ["data.h5", "--out", "second", "--batch", "4", "--weights-from"]
    let shape = try await refusal(from + ["first/weights.safetensors", "--depth", "2", "--channels", "5"])
    #expect(
      shape.contains("first/weights.safetensors: the tensor \"0.weight\" has shape [4, 1, 5, 5], expected [5, 1, 5, 5]")
    )
    #expect(try await refusal(from + ["data.h5"]).hasPrefix("Error: data.h5: "))
    #expect(try await refusal(from + ["none"]).hasPrefix("Error: none: cannot open: No such file"))
  }

  @Test func existingRunIsRefusedResumedOrReplaced() async throws {
    _ = try await train("data.h5", "--out", "run", "--seed", "1")
    let before = try folder.files
    let errors = try await refusal(["data.h5", "--out", "run", "--seed", "1"] + Self.quick)
    #expect(
      errors == "Error: run: exists; use --resume to continue it, --force to replace it, or choose another --out\n")
    let other = try await refusal(["data.h5", "--out", "run", "--resume", "--seed", "2"] + Self.quick)
    #expect(other.hasPrefix("Error: run: was started differently: seed (1 there, 2 here); resume with the dataset"))
    let rate = try await refusal(["data.h5", "--out", "run", "--resume", "--seed", "1", "--lr", "0.5"] + Self.quick)
    #expect(rate.contains("was started differently: learning rate ("), "\(rate)")
    try await make("other.h5", seed: 1)
    let foreign = try await refusal(["other.h5", "--out", "run", "--resume", "--seed", "1"] + Self.quick)
    #expect(foreign.contains("was started differently: the dataset's seed;"))
    try FileManager.default.removeItem(atPath: folder("other.h5"))
    // A replacement that cannot begin replaces nothing.
    _ = try await refusal(["data.h5", "--out", "run", "--force", "--weights-from", "none"] + Self.quick)

    let finished = try await train("data.h5", "--out", "run", "--seed", "1", "--resume")
    #expect(finished.status == 0 && finished.output == "run: already complete, 2 epochs; nothing to do\n")
    #expect(try folder.files == before)
    #expect(try await train("data.h5", "--out", "run", "--seed", "2", "--force").status == 0)
    #expect(try folder.files["run/weights.safetensors"] != before["run/weights.safetensors"])
    #expect(try folder.files.keys == before.keys)
    // Only runs are replaced.
    try folder.write("mine", to: "mine.txt")
    #expect(try await refusal(["data.h5", "--out", ".", "--force"] + Self.quick).contains("contains no run"))
    #expect(try await refusal(["data.h5", "--out", "mine.txt", "--force"] + Self.quick).contains("is a file"))
  }

  @Test func resumingReportsAnUnreadableConfiguration() async throws {
    let out = ["data.h5", "--out", "run", "--epochs", "2", "--batch", "4", "--depth", "2", "--channels", "4"]
    _ = try await folder.gpgen(["train"] + out + ["--threads", "1"])
    // The number of threads is taken from the configuration.
    let resumed = try await folder.gpgen(["train"] + out + ["--epochs", "3", "--resume"])
    #expect(resumed.status == 0)
    #expect(try folder.text("run/configuration.json").contains("\"threads\" : 1,\n"))
    try folder.write("{", to: "run/configuration.json")
    let errors = try await refusal(out + ["--epochs", "3", "--resume"])
    #expect(errors == "Error: run/configuration.json: is not a valid gpgen file: it is not JSON\n")
  }

  @Test func datasetsWithOtherClassesOrSidesAreRefused() async throws {
    _ = try await train("data.h5", "--out", "run")
    try await make("side.h5", side: 64)
    try await make("classes.h5", lengthScales: "2,5")
    for command in [["evaluate"], ["predict", "--out", "p.csv"], ["footprint", "--out", "f.png"]] {
      let side = try await folder.gpgen(command + ["run", "side.h5"])
      #expect(side.status == 1)
      #expect(
        side.errors == "Error: the dataset's textures have 64 x 64 pixels, those of run have 32 x 32; "
          + "give a dataset of that size\n")
      let classes = try await folder.gpgen(command + ["run", "classes.h5"])
      #expect(
        classes.errors == "Error: the dataset's classes are 2, 5, those of run are 2, 6; give a dataset of these "
          + "classes\n")
    }
    let sample = try await folder.gpgen("footprint", "run", "data.h5", "--out", "f.png", "--sample", "20")
    #expect(sample.errors == "Error: there is no sample 20; expected 0 to 19\n")
    let nothing = try await folder.gpgen("evaluate", "none", "data.h5")
    #expect(
      nothing.errors == "Error: none: contains no readable run (no configuration.json); create one with `gpgen train`\n"
    )
    #expect(try !folder.names.contains { ["p.csv", "f.png"].contains($0) })
  }

  @Test func divergenceIsReportedWithItsStepAndKeepsTheCheckpoint() async throws {
    let outcome = try await train("data.h5", "--out", "run", "--rate", "1e30")
    #expect(outcome.status == 1)
    #expect(
      outcome.errors == "Error: the loss is not a number at step 2, in epoch 1: the training has diverged; use a lower "
        + "learning rate than 1e+30, or limit the gradient, for example with --clip 1. The checkpoint of step 0 is kept; "
        + "--weights-from accepts it\n")
    let again = try await train("data.h5", "--out", "again", "--weights-from", "run/checkpoint.safetensors")
    #expect(again.status == 0)
  }

  // MARK: Interruptions

  /// A limit on file sizes simulates a full disk.
  @Test(.enabled(if: ProgramFolder.canLimitFileSize)) func fullDiskKeepsTheRun() async throws {
    _ = try await train("data.h5", "--out", "run")
    let before = try folder.files
    let limited = ["/bin/sh", "-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh", ProgramFolder.executable]
    let more = ["train", "data.h5", "--out", "run"] + Self.quick + ["--epochs", "3"]
    let resumed = try await folder.run(limited + more + ["--resume"])
    #expect(resumed.status == 1)
    #expect(resumed.errors.hasPrefix("resuming after step 8 of 12\n"))
    #expect(resumed.errors.contains("\nError: run/configuration.json.partial: cannot write: File too large\nThe last "))
    #expect(try folder.files == before)
    let replaced = try await folder.run(limited + more + ["--force"])
    #expect(replaced.status == 1)
    #expect(try folder.files == before)
    #expect(try await folder.gpgen(more + ["--resume"]).status == 0)
  }

  private static let launcher = ["/usr/bin/env", "--default-signal=INT,TERM,HUP"]
  private static let hasLauncher = ProgramFolder.works(["/usr/bin/env", "--default-signal=INT", "true"])

  @Test(
    .enabled(if: hasLauncher, "needs GNU env, to restore default signal handling"),
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func runStoppedByASignalResumesFromItsCheckpoint(signal: Int32) async throws {
    let arguments = ["train", "data.h5", "--batch", "4", "--threads", "1", "--channels", "16", "--epochs"]
    let metrics = folder("it's/metrics.jsonl")
    let outcome = try await folder.run(
      Self.launcher + [ProgramFolder.executable] + arguments + ["100000", "--out", "it's"], signal: signal,
      when: { ((try? Data(contentsOf: URL(filePath: metrics)))?.count ?? 0) > 0 })
    #expect(outcome.status == 128 + signal)
    #expect(outcome.output == "")
    let last = try #require(outcome.errors.split(separator: "\n").suffix(2).first)
    let parts = try #require(
      last.wholeMatch(of: #/Stopped after step (\d+) of 400000; it's can be resumed. Resume with:/#))
    #expect(outcome.errors.hasSuffix(" --out 'it'\\''s' --resume\n"))
    #expect(try #require(Int(parts.1)) >= 4)

    // The run resumes from that step.
    let resumed = try await folder.run(
      Self.launcher + [ProgramFolder.executable] + arguments + ["100000", "--out", "it's", "--resume"], signal: signal,
      when: { ((try? Data(contentsOf: URL(filePath: metrics)))?.split(separator: 10).count ?? 0) > 3 })
    #expect(resumed.status == 128 + signal)
    let lines = try folder.text("it's/metrics.jsonl").split(separator: "\n")
    #expect(lines.indices.allSatisfy { lines[$0].contains("\"epoch\":\($0 + 1),") })
    // Its metrics are those of an uninterrupted run.
    let whole = try await folder.gpgen(arguments + ["3", "--out", "whole"])
    #expect(whole.status == 0, "\(whole.errors)")
    func withoutTimes(_ line: Substring) -> String {
      String(line).replacing(#/"(seconds|images_per_second|data_wait_fraction)":[^,}]*/#, with: "")
    }
    let expected = try folder.text("whole/metrics.jsonl").split(separator: "\n").map(withoutTimes)
    #expect(lines.prefix(3).map(withoutTimes) == expected)
  }

  /// `script` of util-linux runs a command on a pseudo-terminal and prints its output.
  private static let terminal = ["/usr/bin/script", "--quiet", "--return", "--command"]
  private static let hasTerminal = ProgramFolder.works(terminal + ["test -t 2", "/dev/null"])

  @Test(.enabled(if: hasTerminal, "needs util-linux's script"))
  func progressLineOnATerminalIsUpdated() async throws {
    let command = ([ProgramFolder.executable, "train", "data.h5", "--out", "run"] + Self.quick)
    let outcome = try await folder.run(Self.terminal + [command.joined(separator: " "), "/dev/null"])
    #expect(outcome.status == 0)
    let shown = outcome.output.components(separatedBy: "\r")
    #expect(
      shown.contains { $0.firstMatch(of: #/epoch \d\/2  step \d\/4  loss .* images\/s  \d+:\d\d left/#) != nil })
    #expect(outcome.output.contains("\u{1B}[Kepoch 1  loss "))
  }
}
