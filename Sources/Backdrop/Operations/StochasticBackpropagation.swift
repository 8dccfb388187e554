import Documents

/// Stochastic backpropagation (SBP): the identity in the forward pass. The gradient passes through a subset of a map's
/// positions, the same for all channels and all samples of a step.
///
/// - Source: Fang, Xu, Chen, Shuai, Tu and Tighe, "An In-depth Study of Stochastic Backpropagation" (2022).
struct StochasticBackpropagation: GradientOperation {
  /// How the kept positions are chosen.
  typealias Places = Layer.KeptPlaces

  /// The fraction of positions that are kept, above 0 and at most 1.
  var ratio: Double
  var places = Places.grid
  /// Whether the gradient is divided by the probability that a position is kept, so that its mean over steps is the
  /// dense gradient.
  var isUnbiased = false

  static let name = "sbp"
  static let keys = [ratioKey, placesKey, unbiasedKey]
  private static let ratioKey = LayerKey(name: "ratio", expectation: "a number above 0 and at most 1")
  private static let placesKey = LayerKey(
    name: "places", expectation: Places.allCases.map(\.rawValue).joined(separator: " or "))
  private static let unbiasedKey = LayerKey(name: "unbiased", expectation: "true or false")

  init(ratio: Double, places: Places = .grid, isUnbiased: Bool = false) {
    self.ratio = ratio
    self.places = places
    self.isUnbiased = isUnbiased
  }

  init(reading reader: LayerReader) throws(DocumentError) {
    ratio = try reader.number(Self.ratioKey)
    places = try reader.word(Self.placesKey, default: .grid)
    isUnbiased = try reader.bool(Self.unbiasedKey, default: false)
  }

  var values: [String?] { [ratio.shortest, places.rawValue, "\(isUnbiased)"] }

  func check() throws(BackdropError) {
    guard ratio > 0, ratio <= 1 else {
      throw BackdropError(.invalidNetwork, "`ratio`: found \(ratio), expected \(Self.ratioKey.expectation)")
    }
  }

  func outputShape(of input: Shape, isFlat: inout Bool) throws(Misfit) -> Shape {
    try Misfit.requireMap(isFlat: isFlat)
    return input
  }

  var receptiveField: ReceptiveField? { nil }
  var gradientFilter: GradientFilter? { .drawn }

  func maskedElements(_ shape: Shape) -> Int { shape.height * shape.width }

  func mask(samples: Range<Int>, of batch: Int, shape: Shape, seed: UInt64, step: Int, layer: Int) -> Mask? {
    let count = shape.height * shape.width
    let all = Mask(extents: [1, 1, shape.height, shape.width], values: [Float](repeating: 1, count: count))
    let noise = MaskNoise(seed: seed, step: step, layer: layer)
    let kept: [Bool]
    /// The probability that a position is kept.
    let probability: Double
    switch places {
    case .grid:
      let spacing = spacing(on: shape)
      guard ratio < 1, spacing > 1 else { return all }
      let first = noise.survivor(of: spacing, sample: 0)
      kept = (0..<count).map { (($0 / shape.width + $0 % shape.width) % spacing == first) == (ratio <= 0.5) }
      probability = ratio <= 0.5 ? 1 / Double(spacing) : 1 - 1 / Double(spacing)
    case .random:
      let keptCount = min(count, max(1, Int((ratio * Double(count)).rounded())))
      guard keptCount < count else { return all }
      kept = noise.subset(keptCount, of: count, use: .elements, sample: 0)
      probability = Double(keptCount) / Double(count)
    }
    let factor = isUnbiased ? Float(1 / probability) : 1
    return Mask(extents: all.extents, values: kept.map { $0 ? factor : 0 })
  }

  /// The distance between the grid's diagonals: round(1 / r) for r <= 1/2, round(1 / (1 - r)) above, and at most the
  /// number of diagonals.
  private func spacing(on shape: Shape) -> Int {
    let diagonals = Double(shape.height + shape.width - 1)
    return Int(min(diagonals, 1 / (ratio <= 0.5 ? ratio : 1 - ratio)).rounded())
  }

  var withoutNoise: StochasticBackpropagation {
    StochasticBackpropagation(ratio: 1, places: places, isUnbiased: isUnbiased)
  }
}

extension Layer {
  /// How stochastic backpropagation chooses the positions that it keeps.
  public enum KeptPlaces: String, CaseIterable, Sendable {
    /// Equidistant diagonals, whose offset is drawn at every step.
    case grid
    /// A random subset, drawn at every step.
    case random
  }

  /// Stochastic backpropagation: the identity in the forward pass. The gradient passes through a subset of positions,
  /// the same for all channels and samples.
  ///
  /// - Parameters:
  ///   - ratio: the fraction of positions that are kept, above 0 and at most 1. A grid keeps one of every round(1 /
  ///     ratio) diagonals; above 1/2, all but one of every round(1 / (1 - ratio)). If a map has fewer diagonals, it
  ///     keeps one, or all but one.
  ///   - places: how the kept positions are chosen.
  ///   - unbiased: whether the gradient is divided by the probability that a position is kept; in the published method
  ///     it is not.
  /// - Source: Fang et al., "An In-depth Study of Stochastic Backpropagation" (2022).
  public static func sbp(_ ratio: Double, places: KeptPlaces = .grid, unbiased: Bool = false) -> Layer {
    Layer(StochasticBackpropagation(ratio: ratio, places: places, isUnbiased: unbiased))
  }
}
