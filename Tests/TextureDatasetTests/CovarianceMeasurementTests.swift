import Foundation
import GaussianField
import Testing

@testable import TextureDataset

/// Compares measured covariances and power spectra with their definitions, and their bands with the exact moments.
@Suite struct CovarianceMeasurementTests {
  private let folder: DatasetFolder

  init() throws { folder = try DatasetFolder() }

  private func measure(_ yaml: String, samples: Int? = nil, threads: Int = 2) throws -> [ClassCovariance] {
    try folder.make(Recipe(yaml: yaml, file: "recipe.yaml"), policy: .replace)
    return try CovarianceMeasurement(DatasetReader(folder("data.h5")), samples: samples, threads: threads).run()
  }

  private func textures() throws -> [[Double]] {
    try folder.images().map { data in
      data.withUnsafeBytes { bytes in bytes.bindMemory(to: Float.self).map { Double($0) } }
    }
  }

  private let periodic = """
    shape: [10, 12]
    samples: 6
    seed: 5
    noise: 0.5
    candidates:
      - - {covariance: squared_exponential, length_scale: 1.5}
        - {covariance: matern, length_scale: 2, nu: 1.5}
    """

  /// SciPy's chi2.ppf.
  @Test(arguments: [
    (1.0, 0.025, 0.0009820691171752), (1, 0.975, 5.023886187314888), (10, 0.025, 3.2469727802368396),
    (10, 0.975, 20.483177350807388), (2.5, 0.025, 0.11862294210006345), (1000, 0.025, 914.2571538),
    (1000, 0.975, 1089.5309115), (5000, 0.025, 4805.8973), (5000, 0.975, 5197.8837),
  ])
  func quantilesMatchSciPy(degrees: Double, probability: Double, expected: Double) {
    let value = ChiSquared(degreesOfFreedom: degrees).quantile(probability)
    #expect(abs(value / expected - 1) < 1e-5, "\(value)")
  }

  /// The mean product of pixels a lag apart on the torus, averaged over the axes.
  @Test func covarianceMatchesItsDefinition() throws {
    let classes = try measure(periodic)
    let textures = try textures()
    let (height, width) = (10, 12)
    #expect(classes.map(\.name) == ["squared_exponential,l=1.5", "matern,l=2,nu=1.5"])
    for entry in classes {
      #expect(entry.samples == 3 && entry.covariance.map(\.position) == [0, 1, 2, 3, 4, 5])
      for (lag, point) in entry.covariance.enumerated() {
        var sum = 0.0
        for texture in stride(from: entry.index, to: 6, by: 2).map({ textures[$0] }) {
          for y in 0..<height {
            for x in 0..<width {
              let pixel = texture[y * width + x]
              sum += pixel * texture[(y + lag) % height * width + x] / 2
              sum += pixel * texture[y * width + (x + lag) % width] / 2
            }
          }
        }
        #expect(abs(point.measured - sum / Double(3 * height * width)) < 1e-5)
        #expect(point.low < point.expected && point.expected < point.high)
      }
    }
  }

  /// Parseval: the rings contain all of the variance, and their powers times their modes sum to that of the pixels.
  @Test func spectrumMatchesItsDefinition() throws {
    let classes = try measure(
      """
      side: 8
      samples: 2
      noise: 1
      candidates: [[{covariance: squared_exponential, length_scale: 1}, {covariance: squared_exponential, length_scale: 2}]]
      """)
    let textures = try textures()
    for entry in classes {
      // The ring of |k| = 2 pi / 8 by definition: (0, ±1), (±1, 0), and (±1, ±1), which also rounds to 1.
      var power = 0.0
      for (ky, kx) in [(0, 1), (1, 0), (1, 1), (1, -1)] {
        var (re, im) = (0.0, 0.0)
        for y in 0..<8 {
          for x in 0..<8 {
            let phase = 2 * Double.pi * Double(ky * y + kx * x) / 8
            re += textures[entry.index][8 * y + x] * cos(phase)
            im += textures[entry.index][8 * y + x] * sin(phase)
          }
        }
        power += (re * re + im * im) / 64 / 4
      }
      let ring = try #require(entry.spectrum.dropFirst().first)
      #expect(abs(ring.measured / power - 1) < 1e-5)
      #expect(abs(ring.position - 2 * .pi / 8 * (1 + 2.0.squareRoot()) / 2) < 1e-12)
      #expect(entry.spectrum[0].position == 0 && entry.spectrum.count == 7)
    }
  }

  /// The mean and the variance of the estimate at each lag, by the sum over all pairs of pairs of pixels (Isserlis).
  private func moments(
    _ extents: [Int], lag: Int, wraps: Bool, _ covariance: ([Int]) -> Double
  ) -> (mean: Double, variance: Double) {
    let (height, width) = (extents[0], extents[1])
    var pairs: [(from: [Int], to: [Int], weight: Double)] = []
    for axis in 0..<2 {
      var own: [(from: [Int], to: [Int])] = []
      for y in 0..<height {
        for x in 0..<width {
          var to = [y, x]
          to[axis] += lag
          if wraps { to[axis] %= extents[axis] } else if to[axis] >= extents[axis] { continue }
          own.append(([y, x], to))
        }
      }
      pairs += own.map { ($0.from, $0.to, 1 / Double(2 * own.count)) }
    }
    // C by lag; a position is y times the pitch plus x, and a lag the difference of two positions.
    let pitch = 2 * width
    var table = [Double](repeating: 0, count: 2 * height * pitch)
    let origin = height * pitch + width
    for y in 1 - height..<height {
      for x in 1 - width..<width { table[origin + y * pitch + x] = covariance([y, x]) }
    }
    let places = pairs.map {
      (from: $0.from[0] * pitch + $0.from[1], to: $0.to[0] * pitch + $0.to[1], weight: $0.weight)
    }
    let mean = places.reduce(0) { $0 + $1.weight * table[origin + $1.from - $1.to] }
    var variance = 0.0
    for p in places {
      for q in places {
        let straight = table[origin + p.from - q.from] * table[origin + p.to - q.to]
        let crossed = table[origin + p.from - q.to] * table[origin + p.to - q.from]
        variance += p.weight * q.weight * (straight + crossed)
      }
    }
    return (mean, variance)
  }

  @Test func momentsOfOpenTexturesMatchTheSumOverAllPairs() throws {
    let covariance = try CovarianceModel(
      family: CovarianceFamily.all[0], ["length_scale": 2, "ratio": 0.5, "angle": 30])
    let field = try FieldModel(
      shape: .image(height: 8, width: 9), boundary: .open, scales: [Scale(weight: 1.5, candidates: [covariance])],
      noise: 0.5)
    let moments = WindowMoments(field, [covariance])
    for lag in [0, 1, 4] {
      let expected = self.moments([8, 9], lag: lag, wraps: false) { lag in
        2.25 * covariance.value(atLag: lag.map(Double.init)) + (lag == [0, 0] ? 0.25 : 0)
      }
      #expect(abs(moments.mean(lag: lag) / expected.mean - 1) < 1e-12)
      #expect(abs(moments.variance(lag: lag) / expected.variance - 1) < 1e-12)
    }
  }

  @Test func momentsOfPeriodicTexturesMatchTheSumOverAllPairs() throws {
    let model = try #require(try Recipe(yaml: periodic, file: "recipe.yaml").field.scales[0].candidates.first)
    let field = try FieldModel(
      shape: .image(height: 8, width: 9), scales: [Scale(weight: 1, candidates: [model])], noise: 0.5)
    let grid = Grid(periodic: field.shape)
    let spectrum = try model.spectrum(on: grid)
    let transform = try ModeTransform(field.shape)
    var sums = ModeSums(transform.order)
    sums.add([spectrum], of: field, transform.order, count: 3)
    let points = PeriodicEstimate(sums, field.shape, transform.order, samples: 3).covariance(at: [0, 1, 4])
    for (lag, point) in zip([0, 1, 4], points) {
      let expected = moments([8, 9], lag: lag, wraps: true) { lag in
        spectrum.covariance(atLag: [(lag[0] + 8) % 8, (lag[1] + 9) % 9], on: grid) + (lag == [0, 0] ? 0.25 : 0)
      }
      #expect(abs(point.expected / expected.mean - 1) < 1e-9)
      // The width of a band of a nearly normal distribution.
      let width = (point.high - point.low) / (2 * 1.959963984540054)
      #expect(abs(width / (expected.variance / 3).squareRoot() - 1) < 0.05)
    }
  }

  /// 200 samples in four classes: about 5% of the points are outside their bands. Points of one class are correlated by
  /// lag; those of the spectrum are independent, and more than 15% of 4 x 20 are outside less than once in 10,000
  /// seeds.
  @Test func bandsContainMeasurementsUnderTheModel() throws {
    let classes = try measure(
      """
      side: 24
      samples: 200
      length_scales: [[1.5, 2], [4, 6]]
      weights: [1, 0.5]
      noise: 0.3
      """)
    let points = classes.flatMap(\.spectrum)
    #expect(points.count >= 60)
    let outside = points.count { $0.measured < $0.low || $0.measured > $0.high }
    #expect(Double(outside) < 0.15 * Double(points.count))
    // Sums of many modes: no point is more than eight half-widths away.
    for point in classes.flatMap({ $0.covariance + $0.spectrum }) {
      let half = point.measured > point.expected ? point.high - point.expected : point.expected - point.low
      #expect(abs(point.measured - point.expected) < 3 * half)
    }
  }

  /// A texture of length scale 2.2 is far outside the band of a model of 2.
  @Test func wrongLengthScaleIsDetected() throws {
    let recipe = { (lengthScale: Double) in
      try Recipe(side: 24, lengthScales: [[lengthScale]], weights: [1], samples: 100)
    }
    try folder.make(recipe(2.2))
    let reader = try DatasetReader(folder("data.h5"))
    let pixels = try textures()
    let (model, transform) = (try recipe(2).field, try ModeTransform(reader.recipe.field.shape))
    var sums = ModeSums(transform.order)
    let spectrum = try model.scales[0].candidates[0].spectrum(on: Grid(periodic: model.shape))
    sums.add([spectrum], of: model, transform.order, count: 100)
    let workspace = try ModeTransform.Workspace(for: transform)
    for texture in pixels { sums.add(texture.map { Float($0) }, transform, in: workspace) }
    let points = PeriodicEstimate(sums, model.shape, transform.order, samples: 100).spectrum(rounding: 1e-13)
    let outside = points.count { $0.measured < $0.low || $0.measured > $0.high }
    #expect(outside > points.count / 2)
  }

  /// Ranges, open windows, series, volumes, log-normal textures, half precision.
  @Test(arguments: [
    """
    side: 16
    samples: 60
    candidates: [[{covariance: squared_exponential, length_scale: {uniform: [1, 3]}}]]
    """,
    """
    shape: [12, 14]
    boundary: open
    samples: 60
    noise: 0.2
    candidates: [[{covariance: matern, length_scale: {uniform: [1, 2]}, nu: 1.5}]]
    """,
    """
    shape: [200]
    samples: 60
    dtype: float16
    candidates: [[{covariance: exponential, length_scale: 5}]]
    """,
    """
    shape: [8, 9, 10]
    samples: 40
    transform: lognormal
    candidates: [[{covariance: matern, length_scale: 1.5, nu: 1.5}]]
    """,
    """
    shape: [9, 8, 10]
    samples: 40
    boundary: open
    candidates: [[{covariance: exponential, length_scale: 1}]]
    """,
  ])
  func everyKindOfTextureIsMeasured(yaml: String) throws {
    let classes = try measure(yaml)
    let entry = try #require(classes.first)
    #expect(entry.spectrum.isEmpty == yaml.contains("open") && entry.covariance.count > 4)
    for point in entry.covariance + entry.spectrum {
      let half = point.measured > point.expected ? point.high - point.expected : point.expected - point.low
      #expect(half > 0 && abs(point.measured - point.expected) < 3 * half, "\(point)")
    }
  }

  @Test(arguments: [("standardize: true", "standardized"), ("transform: {threshold: 0.5}", "thresholded")])
  func texturesWithoutAClosedFormAreRefused(line: String, word: String) throws {
    let error = #expect(throws: DatasetError.self) {
      try measure("side: 16\nsamples: 4\nlength_scales: [[1, 2]]\n\(line)\n")
    }
    #expect(error?.code == .invalidRecipe && error?.message.contains(word) == true)
  }

  @Test func tableHasALineForEachPoint() throws {
    let classes = try measure(periodic)
    try ClassCovariance.writeCSV(classes, to: folder("covariance.csv"))
    let lines = String(decoding: try folder.data("covariance.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines[0] == "class,kind,x,measured,expected,low,high")
    #expect(lines.count == 1 + classes.reduce(0) { $0 + $1.covariance.count + $1.spectrum.count })
    let point = classes[0].covariance[1]
    #expect(
      lines[2]
        == "\"squared_exponential,l=1.5\",covariance,1.0,\(point.measured),\(point.expected),\(point.low),\(point.high)"
    )
  }

  /// An open texture has one panel; the frame's lines are too thin for pixels of their full colour.
  @Test func pictureHasAPanelForEachCurve() throws {
    let yaml = "side: 8\nsamples: 4\nlength_scales: [[1.5]]\nboundary: open\n"
    try CovariancePicture(measure(yaml)).write(to: folder("covariance.png"))
    let picture = try PreviewPNGFile(folder("covariance.png"))
    #expect(picture.width == CurvePanel.size.width && picture.height > CurvePanel.size.height)
    #expect(picture.texts.contains("tEXt Software=gpgen"))
    var found: Set<Int> = []
    for place in stride(from: 0, to: picture.rgb.count, by: 3) {
      found.insert(Int(picture.rgb[place]) << 16 | Int(picture.rgb[place + 1]) << 8 | Int(picture.rgb[place + 2]))
    }
    for ink in PlotInk.allCases where ink != .frame {
      #expect(found.contains(Int(ink.color.red) << 16 | Int(ink.color.green) << 8 | Int(ink.color.blue)), "\(ink)")
    }
    #expect(throws: DatasetError.self) { try CovariancePicture([]) }
  }
}
