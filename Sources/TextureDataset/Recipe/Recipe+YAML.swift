extension Recipe {
  /// The recipe as YAML for a person to read and edit; every key is there, and it reads back as the same recipe.
  public var yaml: String {
    """
    # A gpgen recipe: all that decides the pixels and labels of a dataset, and nothing else.
    #   gpgen --recipe recipe.yaml --out data.h5
    # Every key is optional; options on the command line override it.

    # Side of the square textures, in pixels: \(Self.sideRange.lowerBound) to \(Self.sideRange.upperBound).
    side: \(side)

    # Length scales l in pixels, 0.5 or more: one list of candidates for each scale, 1 to 8 scales. A class is one
    # choice from each list, the first list varying fastest: \(counted(classCount, "class")).
    length_scales:
    \(lengthScales.map { "  - \(Self.list($0))" }.joined(separator: "\n"))

    # Weight of each scale's field, of variance 1, in the sum that makes a texture.
    weights: \(Self.list(weights))

    # Covariance of each field at a distance of r pixels: squared_exponential is exp(-r^2 / (2 l^2)).
    covariance: \(covariance.rawValue)

    # What happens at the edges: periodic textures continue on the opposite side.
    boundary: \(boundary.rawValue)

    # true brings each scale's field to mean 0 and deviation 1 in every texture, which changes the covariance.
    standardize: \(standardize)

    # How a pixel is stored: float32 or float16.
    dtype: \(dtype.rawValue)

    # Key of the random numbers: 0 to 2^53 - 1.
    seed: \(seed)

    # Number of textures; sample i is of class i mod \(classCount).
    samples: \(samples)

    """
  }

  private static func list(_ numbers: [Double]) -> String {
    "[" + numbers.map(\.shortest).joined(separator: ", ") + "]"
  }
}
