import ArgumentParser
import HeaderSandbox
import TextureDataset

struct CovarianceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "covariance",
    abstract: "Measure the covariance and the power spectrum of each class, beside the model's.",
    discussion: """
      A .csv has the columns class, kind, x, measured, expected, low, high. With kind covariance, x is the lag in px along \
      an axis, and values are means over the axes; up to 64 lags reach to half the texture's side. With kind spectrum, x is \
      the wave number in radians per px, and values are |DFT T|²/N, of N pixels, averaged over rings of modes; rings whose \
      power rounding could change are left out. A measured value is between low and high with a probability of 95% if the \
      file has the covariance that its recipe says: the band is computed from the exact variance of the estimate. A .png \
      shows the same, and below each curve how far the points are from it, in half widths of the band. Open textures have \
      the covariance alone; of log-normal ones it is that of the logarithm.
      """)

  @Argument(help: "A shard, an index, or a folder with one dataset's files.")
  var data: String

  @Option(help: ArgumentHelp("The file to write: .csv or .png.", valueName: "file"))
  var out: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Measure only this many samples, the first. (default: all)", valueName: "samples"),
    transform: OptionRange.sampleCount)
  var samples: Int?

  @Option(parsing: .unconditional, help: "Threads that compute. (default: all cores)", transform: OptionRange.threads)
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
        shouldContinue: { StopSignal.isQuiet },
        report: { samples in
          line.show { _ in "\(samples) of \(counted(measurement.sampleCount, "sample"))" }
        })
    } catch {
      line.clear()
      guard error.code == .interrupted else { throw error }
      note("Stopped; nothing is written.")
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
