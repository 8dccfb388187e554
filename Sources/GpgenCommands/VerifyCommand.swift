import ArgumentParser
import HeaderSandbox
import TextureDataset

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a dataset: its structure, its labels, and every sample's checksum.",
    discussion: """
      Compares the shards and the index with their recipe, and the pixels with their checksums. \
      Names each bad sample and file. Exits with 0 if the dataset is intact, with 1 otherwise. Writes nothing.
      """)

  @Argument(help: "A shard, an index, or a folder with one dataset's files.")
  var data: String

  @Option(parsing: .unconditional, help: "Threads that read. (default: all cores)", transform: OptionRange.threads)
  var threads: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Also regenerate this many samples and compare the bits. (default: 0)", valueName: "samples"),
    transform: OptionRange.sampleCount)
  var regenerate = 0

  @Option(
    parsing: .unconditional, help: "Chooses the samples to regenerate. (default: the dataset's seed)",
    transform: OptionRange.seed)
  var regenerateSeed: UInt64?

  @Flag(help: "Print JSON, as schemas/verify.schema.json describes it.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing; only the exit status tells the result.")
  var quiet = false

  mutating func validate() throws {
    if json, quiet { throw ValidationError("--json prints, --quiet does not; give one of them.") }
  }

  func run() throws {
    try readInSandbox(.examine, [data])
    let verifier = DatasetVerifier(
      data, threads: threads ?? availableCores(), regenerate: regenerate, regenerateSeed: regenerateSeed)
    StopSignal.listen()
    let verdict: DatasetVerdict
    let line = ProgressLine(quiet: quiet)
    do {
      verdict = try verifier.run(shouldContinue: { StopSignal.isQuiet }, report: { line.show($0) })
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
