import ArgumentParser
import HeaderSandbox
import TextureDataset

struct CovarianceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "covariance",
    abstract: "Compare the covariance and power spectrum of each class with the model.",
    discussion: """
      A .csv file has the columns class, kind, x, measured, expected, low and high. For kind covariance, x is the lag in px \
      along an axis, and values are means over the axes; up to 64 lags reach half the side of the texture. For kind \
      spectrum, x is the wave number in radians per px, and values are |DFT T|²/N for N pixels, averaged over rings of \
      modes; rings whose power is within rounding error are omitted.

      If the file has its recipe's covariance, a measured value lies between low and high with a probability of 95%; the \
      band follows from the exact variance of the estimate. A .png file shows the curves and, below them, the residuals in \
      half-widths of the band.

      Open textures have no spectrum. For log-normal textures, the covariance is that of the logarithm.
      """)

  @Argument(help: "Shard, index, or folder with the files of one dataset.")
  var data: String

  @Option(help: ArgumentHelp("Output file (.csv or .png).", valueName: "file"))
  var out: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Number of samples to measure, from the first. (default: all)", valueName: "samples"),
    transform: OptionRange.sampleCount)
  var samples: Int?

  @Option(parsing: .unconditional, help: "Number of threads. (default: all cores)", transform: OptionRange.threads)
  var threads: Int?

  @Flag(help: "Replace an existing file.")
  var force = false

  @Flag(name: .shortAndLong, help: "Print only errors.")
  var quiet = false

  private var isPicture: Bool { out.lowercased().hasSuffix(".png") }

  mutating func validate() throws {
    if samples == 0 { throw ValidationError("--samples 0: expected at least 1.") }
    try OutputName.checkFile(out, like: "covariance.csv", ending: isPicture ? ".png" : ".csv")
  }

  func run() throws {
    try refuseOutput(out, replace: force)
    try readInSandbox(.read, [data])
    let measurement = try CovarianceMeasurement(
      DatasetReader(data), samples: samples, threads: threads ?? availableCores())
    StopSignal.listen()
    let line = ProgressLine(quiet: quiet)
    let classes: [ClassCovariance]
    do throws(DatasetError) {
      classes = try measurement.run(
        shouldContinue: { !StopSignal.isReceived },
        report: { samples in
          line.show { _ in "\(samples) of \(counted(measurement.sampleCount, "sample"))" }
        })
    } catch {
      line.clear()
      guard error.code == .interrupted else { throw error }
      note("Stopped; nothing was written.")
      throw ExitCode(128 + StopSignal.number)
    }
    line.clear()
    if isPicture {
      try CovariancePicture(classes).write(to: out)
    } else {
      try ClassCovariance.writeCSV(classes, to: out)
    }
    guard !quiet else { return }
    let points = classes.flatMap { $0.covariance + $0.spectrum }
    let outside = points.count { $0.measured < $0.low || $0.measured > $0.high }
    try printResult(
      "\(out): \(counted(classes.count, "class")), \(counted(measurement.sampleCount, "sample")); \(outside) of"
        + " \(counted(points.count, "point")) outside the 95% band")
  }
}
