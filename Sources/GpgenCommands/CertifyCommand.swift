import ArgumentParser
import HeaderSandbox
import TextureDataset

struct CertifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certify",
    abstract: "Test whether a file's textures have the distribution that their recipe says.",
    discussion: """
      Measures the file, not the program: the power of modes, length scales, means, Gaussianity, and whether samples and \
      scales are independent, all with one p-value. Exits with 0 if the file passes, with 1 if it fails, with 2 if it could \
      not be tested. A good file fails in 1 of 100 cases.

      The certificate is stored beside the file, as NAME.certificate.json, with the SHA-256 of all samples' checksums.

      EXAMPLES:
        gpgen certify data.h5
        gpgen certify other.npy --recipe recipe.yaml
      """)

  @Argument(
    help: "A shard, an index, or a folder with one dataset's files; with --recipe a .npy array or an HDF5 file.")
  var data: String

  @Option(
    help: ArgumentHelp(
      "Test a file that gpgen did not make against this recipe. Its seed and number of samples are ignored.",
      discussion: "The class of a sample is its index modulo the number of classes.", valueName: "file"))
  var recipe: String?

  @Option(
    help: ArgumentHelp(
      "The HDF5 dataset at the file's root, where there are several. With --recipe.", valueName: "name"))
  var dataset: String?

  @Option(parsing: .unconditional, help: "Threads that measure. (default: all cores)", transform: OptionRange.threads)
  var threads: Int?

  @Flag(help: "Do not store the certificate.")
  var noWrite = false

  @Flag(help: "Print JSON, as schemas/certificate.schema.json describes it.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing; only the exit status tells the result.")
  var quiet = false

  /// The exit status where there was no test.
  private static let notTested = ExitCode(2)

  mutating func validate() throws {
    if json, quiet { throw ValidationError("--json prints, --quiet does not; give one of them.") }
    if dataset != nil, recipe == nil {
      throw ValidationError("--dataset has no effect without --recipe; gpgen knows the names in its own files.")
    }
  }

  func run() throws {
    StopSignal.listen()
    let line = ProgressLine(quiet: quiet)
    let certificate: Certificate
    do {
      let certifier = try makeCertifier()
      let file = noWrite ? nil : try certificateFile()
      try file?.refuseUnwritable()
      certificate = try certifier.run(shouldContinue: { StopSignal.isQuiet }, report: { line.show($0) })
      line.clear()
      if let file, certificate.verdict != .untestable { try file.write(certificate) }
      if !quiet { try printResult(json ? certificate.json : certificate.text) }
    } catch {
      line.clear()
      if let error = error as? ValidationError { throw error }
      if let error = error as? DatasetError, error.code == .interrupted {
        note("Stopped before everything was tested.")
        throw ExitCode(128 + StopSignal.number)
      }
      // 1 would say that the file fails.
      note("Error: \(error)")
      throw Self.notTested
    }
    switch certificate.verdict {
    case .passed: break
    case .failed: throw ExitCode.failure
    case .untestable: throw Self.notTested
    }
  }

  private func makeCertifier() throws -> DatasetCertifier {
    let threads = threads ?? availableCores()
    if let recipe {
      try readInSandbox(.foreign, [data])
      return try DatasetCertifier(
        foreign: data, dataset: dataset, recipe: try RecipeOptions.yamlRecipe(recipe), threads: threads)
    }
    try readInSandbox(.read, [data])
    return try DatasetCertifier(try DatasetReader(data), file: data, threads: threads)
  }

  private func certificateFile() throws -> CertificateFile {
    recipe == nil ? try CertificateFile(dataset: data) : CertificateFile(of: data)
  }
}
