import Foundation
import GaussianField

/// Fields of whitened coefficients: of all measured modes, and of the modes that each scale dominates.
///
/// Under the recipe each is a Gaussian field of variance 1, and two of different modes are independent.
struct WhitenedFields: Sendable {
  /// The modes of a field.
  struct Band: Sendable {
    /// Its description in a test's name.
    let name: String
    /// Whether a mode is in the field, shape (line, index).
    let isIn: [Bool]
    /// The number of signed modes.
    let count: Int
    /// The sums over all lags of the third and the fourth power of its correlation.
    let cubes: Double
    let fourths: Double
    /// The third cumulant of a texture's sum of fourth Hermite polynomials, over 1728.
    let triangle: Double
  }

  /// A pair of bands: the energy of the fine one is compared with the coarse field.
  struct BandPair: Sendable {
    let fine: Int
    let coarse: Int
    /// The variance of a texture's sum of (f² - 1) g, and of that of (f² - 1)(g² - 1).
    let thirdVariance: Double
    let fourthVariance: Double
    /// The third cumulant of the latter.
    let fourthCumulant: Double
  }

  let bands: [Band]
  let pairs: [BandPair]
  let hartley: HartleyTransform
  private let order: ModeOrder

  /// The minimum number of signed modes in a tested field.
  private static let minimumModes = 16
  /// The minimum number of whitened numbers, over all samples, for sums of third and fourth powers to be close enough
  /// to normal.
  static let minimumNumbers = 4000

  /// - Parameters:
  ///   - modes: the measured modes.
  ///   - samples: the number of samples to test.
  /// - Throws: ``DatasetError`` with code `.memory`.
  init(_ modes: MeasuredModes, samples: Int) throws(DatasetError) {
    let model = modes.spectra.model
    order = modes.order
    let transform = try allocating { () throws(AllocationError) in try HartleyTransform(model.shape) }
    hartley = transform
    let correlations = try Correlations(transform, order)
    var (bands, fields): ([Band], [[Float]]) = ([], [])
    func add(_ name: String, _ isIn: [Bool]) throws(DatasetError) -> Int? {
      var count = 0.0
      for line in 0..<modes.order.lineCount {
        for index in 0..<modes.order.lineLength where isIn[line * modes.order.lineLength + index] {
          count += modes.order.multiplicity(line: line, index: index)
        }
      }
      guard Int(count) >= Self.minimumModes, Int(count) * samples >= Self.minimumNumbers else { return nil }
      let rho = try correlations.correlation(isIn, count: count)
      let (cubes, fourths) = rho.reduce((0.0, 0.0)) { sum, value in
        let cube = Double(value) * Double(value) * Double(value)
        return (sum.0 + cube, sum.1 + cube * Double(value))
      }
      bands.append(
        Band(
          name: name, isIn: isIn, count: Int(count), cubes: cubes, fourths: fourths,
          triangle: try correlations.triangle(rho.map { $0 * $0 })))
      fields.append(rho)
      return bands.count - 1
    }
    let isAnything = try add("all modes", modes.isCommon) != nil
    // Scales from coarse to fine, by the mean wave number of the modes that each dominates.
    var scales: [(band: Int, waveNumber: Double)] = []
    if isAnything, model.scales.count > 1 {
      for scale in model.scales.indices {
        let isIn = modes.dominantScales.map { $0 == scale + 1 }
        let numbers = isIn.indices.filter { isIn[$0] }.map { Double(modes.groups.waveNumbers[$0]) }
        guard !numbers.isEmpty, let band = try add("modes of scale \(scale)", isIn) else { continue }
        scales.append((band, numbers.reduce(0, +) / Double(numbers.count)))
      }
    }
    scales.sort { $0.waveNumber < $1.waveNumber }
    let pixels = Double(order.pixels)
    var pairs: [BandPair] = []
    for (coarse, fine) in zip(scales, scales.dropFirst()) {
      let (f, g) = (fields[fine.band], fields[coarse.band])
      let product = zip(f, g).map { $0 * $1 }
      pairs.append(
        BandPair(
          fine: fine.band, coarse: coarse.band,
          thirdVariance: 2 * pixels * zip(f, product).reduce(0) { $0 + Double($1.0) * Double($1.1) },
          fourthVariance: 4 * pixels * product.reduce(0) { $0 + Double($1) * Double($1) },
          fourthCumulant: 64 * (try correlations.triangle(product))))
    }
    (self.bands, self.pairs) = (bands, pairs)
  }

  /// Correlations of fields by lag.
  private struct Correlations: ~Copyable {
    private let transform: HartleyTransform
    private let order: ModeOrder
    private let values: AlignedBuffer<Float>
    private let workspace: HartleyTransform.Workspace

    init(_ transform: HartleyTransform, _ order: ModeOrder) throws(DatasetError) {
      let values = try allocating { () throws(AllocationError) in try AlignedBuffer<Float>(count: order.pixels) }
      let workspace = try allocating { () throws(AllocationError) in try HartleyTransform.Workspace(for: transform) }
      self.transform = transform
      self.order = order
      self.values = values
      self.workspace = workspace
    }

    /// The correlation at every lag.
    borrowing func correlation(_ isIn: [Bool], count: Double) throws(DatasetError) -> [Float] {
      values.pointer.update(repeating: 0, count: order.pixels)
      for line in 0..<order.lineCount {
        for index in 0..<order.lineLength where isIn[line * order.lineLength + index] {
          let (own, opposite) = order.places(line: line, index: index)
          values.pointer[own] = 1
          values.pointer[opposite] = 1
        }
      }
      transform.transform(values.pointer, in: workspace)
      let factor = Float(1 / count)
      return (0..<order.pixels).map { values.pointer[$0] * factor }
    }

    /// The sum over all modes of the cube of a function's transform, which is the sum over all lags r, s of N f(r) f(s)
    /// f(r - s).
    borrowing func triangle(_ function: [Float]) throws(DatasetError) -> Double {
      for k in 0..<order.pixels { values.pointer[k] = function[k] }
      transform.transform(values.pointer, in: workspace)
      return (0..<order.pixels).reduce(0.0) { sum, k in
        let value = Double(values.pointer[k])
        return sum + value * value * value
      }
    }
  }
}

/// Sums over pixels of statistics that distinguish a field from a Gaussian one.
struct FieldMoments: Sendable {
  /// For each band: third and fourth Hermite polynomials.
  var third: [Double]
  var fourth: [Double]
  /// For each pair of bands: (f² - 1) g and (f² - 1)(g² - 1).
  var mixedThird: [Double]
  var mixedFourth: [Double]
  /// The number of samples.
  var samples = 0

  init(_ fields: WhitenedFields) {
    (third, fourth) = (.init(repeating: 0, count: fields.bands.count), .init(repeating: 0, count: fields.bands.count))
    (mixedThird, mixedFourth) = (
      .init(repeating: 0, count: fields.pairs.count), .init(repeating: 0, count: fields.pairs.count)
    )
  }

  static func += (a: inout FieldMoments, b: FieldMoments) {
    func add(_ x: inout [Double], _ y: [Double]) { for k in x.indices { x[k] += y[k] } }
    add(&a.third, b.third)
    add(&a.fourth, b.fourth)
    add(&a.mixedThird, b.mixedThird)
    add(&a.mixedFourth, b.mixedFourth)
    a.samples += b.samples
  }

  /// The tests of sums over all samples.
  func tests(_ fields: WhitenedFields) -> [CertificateTest] {
    guard samples > 0 else { return [] }
    let (count, pixels) = (Double(samples), Double(fields.hartley.shape.pixels))
    var tests: [CertificateTest] = []
    func add(
      _ kind: CertificateTest.Kind, _ name: String, _ sum: Double, variance: Double, third: Double
    ) {
      let law = ThreeCumulants(mean: 0, variance: count * variance, third: count * third)
      tests.append(
        CertificateTest(
          kind, name, measured: sum / (count * pixels), expected: 0, deviations: law.deviations(sum),
          p: law.twoSided(sum)))
    }
    for (index, band) in fields.bands.enumerated() {
      add(
        .gaussianity, "third cumulant of the whitened field, \(band.name)", third[index],
        variance: 6 * pixels * band.cubes,
        third: 0)
      add(
        .gaussianity, "fourth cumulant of the whitened field, \(band.name)", fourth[index],
        variance: 24 * pixels * band.fourths, third: 1728 * band.triangle)
    }
    for (index, pair) in fields.pairs.enumerated() {
      let names = "\(fields.bands[pair.fine].name), with \(fields.bands[pair.coarse].name)"
      add(.scales, "energy of \(names)", mixedThird[index], variance: pair.thirdVariance, third: 0)
      add(
        .scales, "energy of \(names), their energy", mixedFourth[index], variance: pair.fourthVariance,
        third: pair.fourthCumulant)
    }
    return tests
  }
}
