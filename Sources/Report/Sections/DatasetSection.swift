import Foundation
import GaussianField
import TextureDataset

/// The section of a report on a dataset.
struct DatasetSection: Sendable {
  let path: String
  private let dataset: DatasetReader
  private let certificate: InspectedCertificate?
  private let pictures: [[(sample: Int, picture: SamplePicture)]]
  private let histogram: PixelHistogram?
  private let covariances: Covariances

  /// The maximum number of classes with pictures and covariances.
  private static let maximumClasses = 16
  /// The maximum number of classes in the table.
  private static let maximumListed = 64
  private static let picturesOfClass = 3

  private enum Covariances: Sendable {
    case measured([ClassCovariance], samples: Int)
    /// The reason why there are none.
    case none(String)
  }

  private var recipe: Recipe { dataset.recipe }

  /// Reads and measures the dataset. Blocks meanwhile.
  ///
  /// - Throws: ``DatasetError``, with code `.interrupted` if `shouldContinue` returned false.
  init(
    _ path: String, _ dataset: DatasetReader, budget: PictureBudget, threads: Int,
    shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) {
    self.path = path
    self.dataset = dataset
    certificate = InspectedCertificate(of: dataset.header)
    pictures = try Self.pictures(dataset, budget, shouldContinue)
    histogram = try PixelHistogram(dataset, shouldContinue: shouldContinue)
    covariances = try Self.covariances(dataset, threads, shouldContinue)
  }

  private static func pictures(
    _ dataset: DatasetReader, _ budget: PictureBudget, _ shouldContinue: () -> Bool
  ) throws(DatasetError) -> [[(sample: Int, picture: SamplePicture)]] {
    let recipe = dataset.recipe
    let classes = min(recipe.classCount, maximumClasses)
    let shape = recipe.field.shape
    // Fewer pictures of each class are better than tiny ones or none.
    let count =
      (1...picturesOfClass).reversed().first { budget.side(pictures: $0 * classes, of: shape) ?? 0 >= 96 } ?? 1
    guard let side = budget.side(pictures: count * classes, of: shape) else { return [] }
    var pictures: [[(sample: Int, picture: SamplePicture)]] = []
    for index in 0..<classes {
      var own: [(sample: Int, picture: SamplePicture)] = []
      let samples = dataset.samples.lazy.filter { recipe.classIndex(ofSample: $0) == index }
      for sample in samples.prefix(count) {
        guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
        own.append((sample, try SamplePicture(sample, of: dataset, side: side)))
      }
      pictures.append(own)
    }
    return pictures
  }

  // MARK: Covariances

  /// Maximum number of pixels to measure: those of 32 textures of 1024 x 1024.
  private static let measuredPixels = 1 << 25
  private static let maximumSamplesOfClass = 256

  private static func covariances(
    _ dataset: DatasetReader, _ threads: Int, _ shouldContinue: @escaping @Sendable () -> Bool
  ) throws(DatasetError) -> Covariances {
    let recipe = dataset.recipe
    let classes = min(recipe.classCount, maximumClasses)
    let affordable = measuredPixels / (recipe.field.shape.pixels * classes)
    guard affordable > 0 else {
      return .none(
        "Textures of \(recipe.field.shape) pixels in \(counted(classes, "class")) take too long to measure for a"
          + " report; use `gpgen covariance`.")
    }
    do throws(DatasetError) {
      let measurement = try CovarianceMeasurement(
        dataset, samples: min(affordable, maximumSamplesOfClass) * recipe.classCount, threads: threads)
      let found = try measurement.run(classes: classes, shouldContinue: shouldContinue)
      return .measured(found, samples: found.reduce(0) { $0 + $1.samples })
    } catch {
      guard error.code == .invalidRecipe || error.code == .memory else { throw error }
      return .none("Covariances were not measured: \(error.message).")
    }
  }

  // MARK: The page

  /// The section's content.
  ///
  /// - Parameter id: the section's id, unique in the page.
  func html(id: String) -> [HTML] {
    var pieces: [HTML] = [.facts(facts)]
    if let certificate, !certificate.matches {
      pieces.append(.remark("The certificate \(certificate.file) does not match the files: they have changed since."))
    }
    pieces += [.element("h3", [:], "Classes"), classes]
    pieces += [.element("h3", [:], "Samples")] + samples(id)
    if let histogram { pieces += [.element("h3", [:], "Pixel values"), histogram.chart.html] }
    pieces.append(.element("h3", [:], "Covariance and power spectrum"))
    switch covariances {
    case .none(let reason): pieces.append(.remark(reason))
    case .measured(let classes, let samples): pieces += curves(classes, samples)
    }
    return pieces
  }

  private var facts: [(name: String, value: String)] {
    let field = recipe.field
    let bytes = dataset.shards.reduce(0) { $0 + fileSize($1.path) }
    var facts = [
      ("files", "\(counted(dataset.shards.count, "shard")), \(byteText(bytes))"),
      (
        "samples",
        "\(dataset.samples.count)" + (dataset.samples.count == recipe.samples ? "" : " of \(recipe.samples)")
      ),
      ("textures", "\(field.shape) pixels, \(recipe.dtype.rawValue)"), ("edges", "\(field.boundary.rawValue)"),
    ]
    for (index, scale) in field.scales.enumerated() {
      let names = scale.candidates.indices.map { recipe.candidateText(scale: index, $0) }
      facts.append(
        ("scale \(index)", "\(names.joined(separator: ", ")); weight \(significant(scale.weight))"))
    }
    facts.append(("covariance", field.familyNames.joined(separator: ", ")))
    if field.noise > 0 { facts.append(("white noise", "standard deviation \(significant(field.noise))")) }
    switch field.transform {
    case .identity: break
    case .lognormal: facts.append(("transform", "exp of the Gaussian field"))
    case .threshold(let level): facts.append(("transform", "1 above \(significant(level)), else 0"))
    }
    if field.standardize { facts.append(("standardized", "each scale of each texture")) }
    facts += [("seed", "\(recipe.seed)"), ("dataset hash", recipe.datasetHash)]
    facts.append(("certificate", certificate?.text ?? "none; gpgen certify creates one"))
    return facts
  }

  private func fileSize(_ path: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
  }

  private var classes: HTML {
    // The number of samples of a class with indices below an end.
    func before(_ end: Int, _ index: Int) -> Int { (end - index + recipe.classCount - 1) / recipe.classCount }
    let rows = (0..<min(recipe.classCount, Self.maximumListed)).map { index in
      let count = before(dataset.samples.upperBound, index) - before(dataset.samples.lowerBound, index)
      return [
        recipe.className(index), "\(index)", "\(count)", significant(recipe.standardDeviation(ofClass: index)),
      ]
    }
    let table = HTML.table(["class", "index", "samples", "standard deviation"], rows)
    guard recipe.classCount > rows.count else { return table }
    return table + .remark("The first \(rows.count) of \(counted(recipe.classCount, "class")).")
  }

  private func samples(_ id: String) -> [HTML] {
    guard !pictures.isEmpty else { return [.remark("This report has too many subjects to show pictures.")] }
    var pieces: [HTML] = []
    for (index, own) in pictures.enumerated() {
      for (sample, picture) in own {
        let name = recipe.className(index)
        pieces.append(
          .texture(picture, "sample \(sample) of class \(name)", caption: ["class \(name)", "sample \(sample)"]))
      }
    }
    var notes: [HTML] = []
    if recipe.classCount > pictures.count {
      notes.append(.remark("The first \(pictures.count) of \(counted(recipe.classCount, "class"))."))
    }
    if pictures.joined().contains(where: { $0.picture.detail != nil }) {
      notes.append(
        .paragraph(
          "Large textures are reduced: each pixel is a mean. The marked part is shown below at full resolution."))
    }
    return notes + [
      .colorBar(recipe.previewRange, id: "\(id)-colors"), .element("div", ["class": "pictures"], pieces),
    ]
  }

  private func curves(_ classes: [ClassCovariance], _ samples: Int) -> [HTML] {
    let measured = "Measured on \(samples) of \(counted(dataset.samples.count, "sample"))"
    let omitted = recipe.classCount - classes.count
    let isLogarithm = if case .lognormal = recipe.field.transform { true } else { false }
    return [
      .paragraph(
        "\(measured)\(isLogarithm ? ", on their logarithms," : "") and compared with the model's closed form. If the"
          + " textures have the recipe's covariance, a point is in the band with a probability of 95%. Covariances at"
          + " neighbouring lags are correlated, so many can leave the band together."
          + (omitted > 0 ? " \(counted(omitted, "more class")) \(omitted == 1 ? "is" : "are") not shown." : ""))
    ] + classes.map { entry in .grid(Curve.allCases.map { Self.chart($0, of: entry).html }) }
  }

  /// The charts of a class's second moments.
  private enum Curve: CaseIterable {
    case covariance
    case spectrum
    /// The spectrum divided by the model's: over many decades, the band would be thinner than a line.
    case ratio

    var title: String {
      switch self {
      case .covariance: "covariance"
      case .spectrum: "power spectrum"
      case .ratio: "power spectrum, relative to the model"
      }
    }
  }

  private static func chart(_ curve: Curve, of entry: ClassCovariance) -> Chart {
    let points = curve == .covariance ? entry.covariance : entry.spectrum
    let outside = points.count { $0.measured < $0.low || $0.measured > $0.high }
    func y(_ value: Double, _ point: ClassCovariance.Point) -> Double {
      curve == .ratio ? value / point.expected : value
    }
    let values = points.flatMap { point in
      [point.measured, point.expected, point.low, point.high].map { y($0, point) }
    }
    let positions = points.map(\.position)
    return Chart(
      "\(entry.name): \(curve.title)",
      remark: "\(counted(entry.samples, "sample")); \(outside) of \(counted(points.count, "point")) outside the band",
      xLabel: curve == .covariance ? "lag in px" : "wave number in radians per px",
      yLabel: curve == .covariance ? "covariance" : curve == .spectrum ? "power" : "ratio",
      x: curve == .covariance ? PlotAxis(linear: positions) : PlotAxis(logarithmic: positions),
      y: curve == .spectrum ? PlotAxis(logarithmic: values) : PlotAxis(linear: values, withZero: curve == .covariance),
      series: [
        Series(
          name: "model with its 95% band", drawing: .band, style: SeriesStyle(0),
          points: points.map { point in
            Series.Point(
              x: point.position, y: y(point.expected, point), low: y(point.low, point), high: y(point.high, point))
          }),
        Series(
          name: "measured", drawing: .markers, style: SeriesStyle(1),
          points: points.map { Series.Point(x: $0.position, y: y($0.measured, $0)) }),
      ])
  }
}
