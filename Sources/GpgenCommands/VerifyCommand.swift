import ArgumentParser
import HeaderSandbox
import TextureDataset

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a dataset's structure, labels and checksums.",
    discussion: """
      Compares the shards and the index with their recipe, and the pixels with their checksums. Names each damaged sample \
      and file. Exits with 0 if the dataset is intact, and 1 otherwise. Writes nothing.
      """)

  @Argument(help: "Shard, index, or folder with the files of one dataset.")
  var data: String

  @Option(parsing: .unconditional, help: "Number of threads. (default: all cores)", transform: OptionRange.threads)
  var threads: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Also regenerate this many samples and compare the bits. (default: 0)", valueName: "samples"),
    transform: OptionRange.sampleCount)
  var regenerate = 0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of the choice of these samples. (default: the dataset's seed)", valueName: "seed"),
    transform: OptionRange.seed)
  var regenerateSeed: UInt64?

  @Flag(help: "Print JSON, described by schemas/verify.schema.json.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing; the exit status is the result.")
  var quiet = false

  mutating func validate() throws {
    if json, quiet { throw ValidationError("--json prints the result, and --quiet prints nothing; give one of them.") }
  }

  func run() throws {
    try readInSandbox(.examine, [data])
    let verifier = DatasetVerifier(
      data, threads: threads ?? availableCores(), regenerate: regenerate, regenerateSeed: regenerateSeed)
    StopSignal.listen()
    let verdict: DatasetVerdict
    let line = ProgressLine(quiet: quiet)
    do {
      verdict = try verifier.run(shouldContinue: { !StopSignal.isReceived }, report: { line.show($0) })
    } catch {
      line.clear()
      guard error.code == .interrupted else { throw error }
      note("Stopped before everything was checked.")
      throw ExitCode(128 + StopSignal.number)
    }
    line.clear()
    if !quiet { try printResult(json ? verdict.json : verdict.text) }
    if !verdict.ok { throw ExitCode.failure }
  }
}
