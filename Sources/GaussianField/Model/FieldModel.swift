/// What a texture is: all that decides its distribution, and nothing else.
///
/// A texture is transform(sum over scales of weight times a Gaussian field + white noise). The sampler takes nothing else,
/// and a value of this type can always be drawn: what no sampler draws is refused when the value is made.
public struct FieldModel: Equatable, Sendable {
  /// The extents of a texture.
  public let shape: FieldShape
  /// What happens at its edges.
  public let boundary: Boundary
  /// The scales, in the order of their choices.
  public let scales: [Scale]
  /// The standard deviation of the white noise in every pixel.
  public let noise: Double
  /// Whether each scale's field is brought to mean 0 and standard deviation 1 in every sample, before weighting, as the
  /// benchmark of Golkar and Cranmer does; this changes the ensemble's covariance.
  public let standardize: Bool
  /// What becomes of the sum, pixel by pixel.
  public let transform: PixelTransform
  /// How much of an open field's variance negative eigenvalues of its embedding may take: 0 for what rounding explains.
  public let allowedClamping: Double

  /// The sides of square images that can be drawn, in pixels.
  public static let sides = 8...32768

  /// The extents that a texture of this kind can have, in pixels.
  public static func extents(of shape: FieldShape) -> ClosedRange<Int> {
    switch shape {
    case .series: 8...1 << 24
    case .image: sides
    case .volume: 8...2048
    }
  }
  /// The maximum number of scales.
  public static let maximumScaleCount = 8

  /// - Parameters:
  ///   - shape: the extents, each in ``extents(of:)``.
  ///   - boundary: what happens at the edges.
  ///   - scales: 1 to 8, each of finite weight and with at least one candidate.
  ///   - noise: the standard deviation of white noise, a finite number from 0 on.
  ///   - standardize: bring each scale's field to mean 0 and standard deviation 1 in every sample.
  ///   - transform: what becomes of the sum.
  ///   - allowedClamping: sum |negative eigenvalues| / sum of all that an open field's embedding may have beyond rounding.
  /// - Throws: ``FieldError``.
  public init(
    shape: FieldShape, boundary: Boundary = .periodic, scales: [Scale], noise: Double = 0, standardize: Bool = false,
    transform: PixelTransform = .identity, allowedClamping: Double = 0
  ) throws(FieldError) {
    let limits = Self.extents(of: shape)
    for extent in shape.extents where !limits.contains(extent) {
      throw FieldError(
        .unsupportedShape,
        "extent \(extent) of a \(shape.name): expected \(limits.lowerBound) to \(limits.upperBound) pixels")
    }
    if boundary == .open, standardize {
      throw FieldError(
        .unsupportedShape,
        "standardize with boundary open: a window has no modes of its own to standardize by; expected a periodic boundary"
      )
    }
    let directions = CovarianceFamily.anisotropy(dimensions: shape.dimensions).map(\.name)
    for candidate in scales.flatMap(\.candidates) {
      let own = candidate.family.parameters.map(\.name)
      for name in candidate.parameters.keys.sorted() where !own.contains(name) && !directions.contains(name) {
        throw FieldError(
          .invalidCovariance,
          "\(name) of \(candidate.name): \(shape.dimensions == 2 ? "an" : "a") \(shape.name) has "
            + (directions.isEmpty ? "no directions" : directions.joined(separator: ", ")) + "; leave it out")
      }
    }
    guard (1...Self.maximumScaleCount).contains(scales.count), scales.allSatisfy({ !$0.candidates.isEmpty }) else {
      throw FieldError(.invalidScales, "\(scales.count) scales: expected 1 to 8, each with at least one candidate")
    }
    for (index, scale) in scales.enumerated() where !scale.weight.isFinite {
      throw FieldError(.invalidScales, "weight \(scale.weight) of scale \(index + 1): expected a finite number")
    }
    let limit = Self.maximumLengthScale(shape: shape, standardize: standardize)
    for case let lengthScale? in scales.flatMap(\.candidates).map({ $0.parameters[CovarianceFamily.lengthScaleName] })
    where lengthScale.bounds.maximum > limit {
      throw FieldError(
        .excessiveLengthScale, "length scale \(lengthScale.bounds.maximum) px: expected at most \(limit) px")
    }
    for table in boundary == .periodic ? scales.flatMap({ $0.candidates.compactMap(\.table) }) : [] {
      let (lowest, highest) = (
        2 * Double.pi / Double(shape.extents.max() ?? 1), Double.pi * Double(shape.dimensions).squareRoot()
      )
      guard table.waveNumbers.lowerBound <= lowest * (1 + 1e-9), table.waveNumbers.upperBound >= highest * (1 - 1e-9)
      else {
        throw FieldError(
          .invalidCovariance,
          "table from k = \(table.waveNumbers.lowerBound.plain) to \(table.waveNumbers.upperBound.plain): expected it to cover"
            + " the modes of a \(shape) grid, from \(lowest) to \(highest) radians per pixel; extend the table")
      }
    }
    guard noise >= 0, noise.isFinite else {
      throw FieldError(.unsupportedNoise, "noise of standard deviation \(noise): expected a finite number from 0 on")
    }
    self.shape = shape
    self.boundary = boundary
    self.scales = scales
    self.noise = noise
    self.standardize = standardize
    self.transform = transform
    self.allowedClamping = allowedClamping
  }

  /// The model with other scales and another noise.
  ///
  /// - Throws: ``FieldError``.
  package func with(scales: [Scale], noise: Double) throws(FieldError) -> FieldModel {
    try FieldModel(
      shape: shape, boundary: boundary, scales: scales, noise: noise, standardize: standardize, transform: transform,
      allowedClamping: allowedClamping)
  }

  /// The names of the families of its covariances, in the order of the table.
  public var familyNames: [String] {
    let names = Set(scales.flatMap { $0.candidates.map(\.name) })
    return CovarianceFamily.all.map(\.name).filter { names.contains($0) }
  }

  /// The maximum length scale on a shape, in pixels. Beyond it a texture is one colour but for what single precision
  /// cannot hold: 1024 times the side; twice the side where fields are standardized, which takes their mean away.
  public static func maximumLengthScale(shape: FieldShape, standardize: Bool) -> Double {
    Double((shape.extents.max() ?? 0) * (standardize ? 2 : 1024))
  }

  /// The ensemble's variance at every pixel for one choice per scale, weights and white noise included, before the
  /// transform; where parameters are ranges, that at the middle of them.
  ///
  /// - Parameter choices: for each scale, the index of its candidate.
  public func variance(choices: [Int]) -> Double {
    zip(scales, choices).reduce(noise * noise) { sum, pair in
      let (scale, choice) = pair
      let field = standardize ? 1 : variance(of: scale.candidates[choice])
      return sum + scale.weight * scale.weight * field
    }
  }
}

extension FieldModel {
  /// The variance of a candidate's field, before weighting: C(0), or what periodising makes of it; where parameters are
  /// ranges, that at the middle of them.
  public func variance(of candidate: CovarianceModel) -> Double {
    switch boundary {
    case .periodic: candidate.middle.variance(on: Grid(periodic: shape))
    case .open: candidate.middle.value(atLag: shape.extents.map { _ in 0 })
    }
  }
}

/// What becomes of the sum of fields and noise, pixel by pixel.
public enum PixelTransform: Hashable, Sendable {
  /// Nothing: a texture is the sum.
  case identity
  /// T becomes exp(T).
  case lognormal
  /// T becomes 1 where it is above a level, else 0.
  case threshold(Double)
}
