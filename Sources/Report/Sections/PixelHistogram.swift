import Foundation
import GaussianField
import TextureDataset

/// A histogram of pixel values, with the Gaussian density of the recipe.
struct PixelHistogram: Sendable {
  private static let bins = 60
  /// Maximum number of pixels to count: those of 8 textures of 1024 x 1024.
  private static let maximumPixels = 1 << 23
  private static let maximumSamples = 4096
  /// Half the width of the histogram, in standard deviations.
  private static let reach = 4.5

  private let samples: Int
  private let total: Int
  private let counts: [Int]
  /// Half the width of the histogram; it is centred on 0.
  private let end: Double
  private let isLogarithm: Bool
  /// The mean of the samples' Gaussian densities; empty if they have no closed form.
  private let density: [Series.Point]

  /// Counts the pixels of the first samples. Nil for thresholded textures, whose pixels are 0 or 1.
  init?(_ dataset: DatasetReader, shouldContinue: () -> Bool) throws(DatasetError) {
    let recipe = dataset.recipe
    let field = recipe.field
    switch field.transform {
    case .threshold: return nil
    case .lognormal: isLogarithm = true
    case .identity: isLogarithm = false
    }
    let strongest = (0..<recipe.classCount).map { recipe.standardDeviation(ofClass: $0) }.max() ?? 1
    end = Self.reach * strongest
    let count = min(dataset.samples.count, Self.maximumSamples, max(1, Self.maximumPixels / field.shape.pixels))
    let width = 2 * end / Double(Self.bins)
    let (first, scale, isLogarithm) = (Float(-end), Float(1 / width), isLogarithm)
    var counts = [Int](repeating: 0, count: Self.bins)
    var total = 0
    for sample in dataset.samples.prefix(count) {
      guard shouldContinue() else { throw DatasetError(.interrupted, "stopped") }
      try dataset.read(sample: sample) { pixels in
        total += pixels.count
        for pixel in pixels {
          let place = ((isLogarithm ? log(pixel) : pixel) - first) * scale
          if place >= 0, place < Float(Self.bins) { counts[Int(place)] += 1 }
        }
      }
    }
    (self.samples, self.counts, self.total) = (count, counts, total)
    density = field.standardize ? [] : Self.density(recipe, dataset.samples.prefix(count), end: end)
  }

  private static func density(_ recipe: Recipe, _ samples: Range<Int>, end: Double) -> [Series.Point] {
    let field = recipe.field
    // Samples of equal variance share a term.
    var standardDeviations: [Double: Int] = [:]
    var known: [Int: Double] = [:]
    for sample in samples {
      let index = recipe.classIndex(ofSample: sample)
      let standardDeviation =
        if let own = known[index] { own } else {
          zip(field.scales, recipe.covariances(ofSample: sample)).reduce(field.noise * field.noise) { sum, pair in
            sum + pair.0.weight * pair.0.weight * field.variance(of: pair.1)
          }.squareRoot()
        }
      if !field.hasRanges { known[index] = standardDeviation }
      standardDeviations[standardDeviation, default: 0] += 1
    }
    let count = Double(samples.count)
    return (0...120).map { step in
      let value = end * (Double(step) / 60 - 1)
      let density = standardDeviations.reduce(0) { sum, term in
        let place = value / term.key
        return sum + Double(term.value) / count * exp(-place * place / 2) / (term.key * (2 * Double.pi).squareRoot())
      }
      return Series.Point(x: value, y: density)
    }
  }

  /// The histogram as densities.
  var chart: Chart {
    let width = 2 * end / Double(Self.bins)
    var bars = counts.enumerated().map { bin, count in
      Series.Point(x: -end + Double(bin) * width, y: Double(count) / (Double(max(1, total)) * width))
    }
    bars.append(Series.Point(x: end, y: 0))
    let outside = total - counts.reduce(0, +)
    var remark = "\(counted(samples, "sample")), \(counted(total, "pixel"))"
    if outside > 0 { remark += ", \(outside) beyond the axis" }
    remark +=
      "; pixels of a texture are correlated, so the histogram of a few textures can differ from the density by chance"
    if density.isEmpty { remark += "; standardized textures have no closed form" }
    return Chart(
      isLogarithm ? "Histogram of the logarithms" : "Histogram", remark: remark,
      xLabel: isLogarithm ? "logarithm of the pixel value" : "pixel value", yLabel: "density",
      x: PlotAxis(linear: [-end, end], isTight: true), y: PlotAxis(linear: (bars + density).map(\.y)),
      series: [
        Series(name: "pixels", drawing: .bars, style: SeriesStyle(0), points: bars),
        Series(name: "Gaussian density of the recipe", drawing: .curve, style: SeriesStyle(1), points: density),
      ])
  }
}
