import ArgumentParser
import Foundation
import TextureDataset
import TextureStream

extension CeilingDial: ExpressibleByArgument {}

struct OracleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "oracle",
    abstract: "Measure the accuracy of the Bayes classifier, the best of any method.",
    discussion: """
      Classifies textures by their exact likelihood under each class. Prints the accuracy, overall and per scale, and the \
      confusion matrix; for parameters with ranges, also the mean squared error of the best possible estimate. --out \
      writes the class posteriors, described by schemas/posteriors.md. --target-accuracy prints the recipe whose best \
      possible accuracy is the given one.

      Standardized and thresholded textures have no computable likelihood. Open textures have one up to 4,096 pixels \
      (64 x 64); --whittle approximates it for larger ones.
      """)

  @Argument(help: "Shard, index, folder of shards, or recipe (.yaml) whose textures are generated on the fly.")
  var data: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of textures to generate from a recipe. (default: as in the recipe; with --target-accuracy, 1000)",
      valueName: "samples"),
    transform: OptionRange.samples)
  var samples: Int?

  @Option(help: "Classify only one part of the samples.")
  var split: Split?

  @OptionGroup(title: "Parts (with --split)") var parts: SplitOptions

  @Option(help: ArgumentHelp("Write the class posteriors to this HDF5 file.", valueName: "file"))
  var out: String?

  @Flag(help: "Replace an existing file.")
  var force = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Print the recipe whose best possible accuracy is this.", valueName: "accuracy"),
    transform: OptionRange.probability)
  var targetAccuracy: Double?

  @Option(
    help: ArgumentHelp(
      "Quantity to vary for --target-accuracy: noise, the standard deviation of the white noise; or contrast, the ratio of the candidate length scales of each scale, moved towards 1 around their geometric mean.",
      valueName: "quantity"))
  var vary: CeilingDial?

  @Flag(help: "Use Whittle's likelihood for open textures, which treats them as periodic.")
  var whittle = false

  @Option(
    parsing: .unconditional, help: "Number of threads. (default: all cores)", transform: OptionRange.threads)
  var threads: Int?

  @Flag(help: "Print JSON, described by schemas/oracle.schema.json.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  mutating func validate() throws {
    if split == nil, let option = parts.given.first {
      throw ValidationError("\(option) has no effect without --split; add --split train, validation or test.")
    }
    if samples != nil, split != nil {
      throw ValidationError("--split divides the recipe's own samples, and --samples replaces them; give one of them.")
    }
    if samples != nil, !isRecipe(data) {
      throw ValidationError("--samples applies to recipes only; \(data) is not a recipe (.yaml).")
    }
    if let out { try OutputName.checkFile(out, like: "posteriors.h5") }
    if force, out == nil { throw ValidationError("--force has no effect without --out.") }
    guard targetAccuracy != nil else {
      if vary != nil { throw ValidationError("--vary has no effect without --target-accuracy.") }
      return
    }
    if vary == nil { throw ValidationError("--target-accuracy needs --vary noise or --vary contrast.") }
    if !isRecipe(data) {
      throw ValidationError("--target-accuracy applies to recipes only; \(data) is not a recipe (.yaml).")
    }
    for (option, isGiven) in [("--out", out != nil), ("--split", split != nil), ("--json", json)] where isGiven {
      throw ValidationError("\(option) has no effect with --target-accuracy, which prints a recipe.")
    }
  }

  func run() throws {
    do {
      if let targetAccuracy, let vary { return try search(targetAccuracy, vary) }
      try measure()
    } catch let error as StreamError where error.code == .invalidOptions || error.code == .empty {
      throw ValidationError(error.message)
    }
  }

  private var options: Oracle.Options {
    get throws(StreamError) {
      Oracle.Options(
        split: split, splitRule: try parts.rule, threads: threads ?? availableCores(), approximately: whittle)
    }
  }

  private func measure() throws {
    if let out { try refuseOutput(out, replace: force) }
    let oracle = try makeOracle()
    if let out { try refuseOutput(out, among: [data]) }
    let writer = try out.map {
      try PosteriorsWriter($0, header: oracle.posteriorsHeader, samples: oracle.sampleCount)
    }
    defer { writer?.discard() }
    StopSignal.listen()
    let (line, count) = (ProgressLine(quiet: quiet), oracle.sampleCount)
    let report: OracleReport?
    do {
      report = try oracle.run(
        writingTo: writer, shouldContinue: { !StopSignal.isReceived },
        report: { done in line.show { Self.progress(done, count, $0) } })
    } catch {
      line.clear()
      throw error
    }
    line.clear()
    guard let report else { throw stopped() }
    try writer?.finish()
    try printResult(json ? report.json : report.text)
  }

  private func makeOracle() throws -> Oracle {
    guard let samples else { return try Oracle(try openSource(data), options: try options) }
    let recipe = try RecipeOptions.yamlRecipe(data)
    // The textures are the recipe's, whatever their number.
    return try Oracle(
      try SampleSource(try recipe.with(samples: samples)), options: try options, datasetHash: recipe.datasetHash)
  }

  private func search(_ target: Double, _ dial: CeilingDial) throws {
    let recipe = try RecipeOptions.yamlRecipe(data)
    let count = samples ?? 1000
    let search = try CeilingSearch(recipe, varying: dial, target: target, samples: count, options: try options)
    StopSignal.listen()
    let line = ProgressLine(quiet: quiet)
    let found: CeilingSearch.Result?
    do {
      found = try search.run(
        shouldContinue: { !StopSignal.isReceived },
        report: { setting, done in line.show { "\(setting): " + Self.progress(done, count, $0) } })
    } catch {
      line.clear()
      throw error
    }
    line.clear()
    guard let found else { throw stopped() }
    try printResult(String(found.recipe.yaml.dropLast()))
    let (accuracy, error) = (found.report.expectedAccuracy, 1.96 * found.report.expectedErrorStandardError)
    note(
      String(
        format: "expected accuracy %.5f, 95%% interval %.5f to %.5f, from %d samples", accuracy,
        max(0, accuracy - error),
        min(1, accuracy + error), count))
  }

  private func stopped() -> ExitCode {
    note("Stopped before all samples were classified.")
    return ExitCode(128 + StopSignal.number)
  }

  private static func progress(_ done: Int, _ count: Int, _ seconds: Double) -> String {
    let rest = Int(Double(count - done) * seconds / Double(max(1, done)))
    return "\(done) of \(counted(count, "sample")), \(ProgressLine.clock(rest)) left"
  }
}
