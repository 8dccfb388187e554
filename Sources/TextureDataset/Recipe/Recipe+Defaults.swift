import Documents
import GaussianField

extension Recipe {
  /// The default side of the textures, in pixels.
  public static let defaultSide = 1024
  /// The default number of scales.
  public static let defaultScaleCount = 2
  /// The default seed.
  public static let defaultSeed: UInt64 = 0
  /// The default number of samples.
  public static let defaultSamples = 100

  /// The side to which the default length scales of a shape are proportional: the shortest extent; for a series, at
  /// most 1024.
  static func referenceSide(of shape: FieldShape) -> Int {
    switch shape {
    case .series(let length): min(length, defaultSide)
    case .image(let height, let width): min(height, width)
    case .volume(let depth, let height, let width): min(depth, height, width)
    }
  }

  /// The default length scales, in proportion to the side, and weights for a number of scales.
  ///
  /// - Parameters:
  ///   - count: the number of scales, 1 to 3.
  ///   - side: the side of the textures in pixels.
  /// - Returns: the candidates of each scale in pixels, and each scale's weight.
  /// - Throws: ``DatasetError`` with code `.invalidRecipe` for more scales, which have no defaults, and for a side that
  ///   is out of range or so small (below 54) that a length scale is under half a pixel.
  /// - Source: the demo and the dataset of Golkar and Cranmer (2018), which are 1024 pixels wide.
  public static func defaultScales(
    count: Int, side: Int
  ) throws(DatasetError) -> (lengthScales: [[Double]], weights: [Double]) {
    try check(side: side)
    let lengthScales: [[Double]]
    let weights: [Double]
    switch count {
    case 1: (lengthScales, weights) = ([[9.5, 10]], [1])
    case 2: (lengthScales, weights) = ([[9.5, 10], [80, 140]], [0.75, 1.25])
    case 3: (lengthScales, weights) = ([[9.5, 10], [60, 80], [140, 200]], [0.5, 1, 2])
    default:
      throw DatasetError(
        .invalidRecipe,
        scaleRange.contains(count)
          ? "Default length scales exist for 1, 2 and 3 scales, not for \(count):"
            + " give --length-scales (`length_scales` in a recipe) once for each of the \(count) scales."
          : "Found \(count) scales, expected 1 to 3, or up to 8 with --length-scales (`length_scales` in a recipe)"
            + " given for each.")
    }
    // Exact: a side has 16 bits, a default length scale 8, and 1024 is a power of two.
    let scaled = lengthScales.map { $0.map { $0 * Double(side) / 1024 } }
    guard let shortest = scaled.joined().min(), shortest >= CovarianceFamily.lengthScales.lowerBound else {
      throw DatasetError(
        .invalidRecipe,
        "The default length scales, defined for 1024 pixels, fall below half a pixel at a side of \(side), where 9.5 pixels"
          + " become \((9.5 * Double(side) / 1024).shortest): give --length-scales (`length_scales` in a recipe),"
          + " or a side of 54 or more.")
    }
    return (scaled, weights)
  }
}
