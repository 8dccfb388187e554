import ArgumentParser
import HeaderSandbox
import TextureDataset

struct CertifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certify",
    abstract: "Test whether a file's textures follow the distribution of their recipe.",
    discussion: """
      Measures the file, not the program: mode power, length scales, means, Gaussianity, and the independence of samples \
      and scales, combined into one p-value. Exits with 0 if the file passes, 1 if it fails, and 2 if it cannot be \
      tested. A correct file fails in 1 of 100 cases.

      The certificate is stored beside the file as NAME.certificate.json, with the SHA-256 of all sample checksums.

      EXAMPLES:
        gpgen certify data.h5
        gpgen certify other.npy --recipe recipe.yaml
      """)

  @Argument(
    help: "Shard, index, or folder with the files of one dataset; with --recipe, a .npy array or HDF5 file.")
  var data: String

  @Option(
    help: ArgumentHelp(
      "Test a file that gpgen did not make against this recipe, ignoring its seed and number of samples. The class of sample i is i modulo the number of classes.",
      valueName: "file"))
  var recipe: String?

  @Option(
    help: ArgumentHelp(
      "Name of the HDF5 dataset at the root of the file, if there are several; requires --recipe.", valueName: "name"))
  var dataset: String?

  @Option(parsing: .unconditional, help: "Number of threads. (default: all cores)", transform: OptionRange.threads)
  var threads: Int?

  @Flag(help: "Do not store the certificate.")
  var noWrite = false

  @Flag(help: "Print JSON, described by schemas/certificate.schema.json.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing; the exit status is the result.")
  var quiet = false

  /// The exit status of a file that could not be tested.
  private static let notTested = ExitCode(2)

  mutating func validate() throws {
    if json, quiet { throw ValidationError("--json prints the result, and --quiet prints nothing; give one of them.") }
    if dataset != nil, recipe == nil {
      throw ValidationError("--dataset has no effect without --recipe: gpgen's own files have fixed names.")
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
      certificate = try certifier.run(shouldContinue: { !StopSignal.isReceived }, report: { line.show($0) })
      line.clear()
      if let file, certificate.verdict != .untestable { try file.write(certificate) }
      if !quiet { try printResult(json ? certificate.json : certificate.text) }
    } catch {
      line.clear()
      if let error = error as? ValidationError { throw error }
      if let error = error as? DatasetError, error.code == .interrupted {
        note("Stopped before the test was complete.")
        throw ExitCode(128 + StopSignal.number)
      }
      // Status 1 would mean that the file failed.
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
