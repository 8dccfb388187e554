import Documents
import GaussianField

extension Recipe {
  /// The recipe as YAML to read and edit, with comments; it parses to the same recipe.
  public var yaml: String {
    """
    # A gpgen recipe: everything that determines the pixels and labels of a dataset.
    #   gpgen --recipe recipe.yaml --out data.h5
    # Every key is optional; options on the command line override it.

    \(shapeYAML)

    \(candidatesYAML)

    # Weight of each scale's field, of variance 1, in the sum that makes a texture.
    weights: \(Self.list(weights))

    \(covarianceYAML)
    # What happens at the edges: periodic textures continue on the opposite side, open ones are windows of a larger field.
    boundary: \(field.boundary.rawValue)
    \(optionalYAML)
    # true gives each scale's field mean 0 and standard deviation 1 in every texture, which changes the covariance.
    standardize: \(standardize)

    # How a pixel is stored: float32 or float16.
    dtype: \(dtype.rawValue)

    # Key of the random numbers: 0 to 2^53 - 1.
    seed: \(seed)

    # Number of textures; sample i is of class i mod \(classCount).
    samples: \(samples)

    """
  }

  /// The extents: only the side for square images.
  private var shapeYAML: String {
    guard let side = field.shape.side else {
      return """
        # Extents of the textures in pixels, in the order of their axes: \(field.shape.axes.joined(separator: ", ")).
        shape: [\(field.shape.extents.map { "\($0)" }.joined(separator: ", "))]
        """
    }
    return """
      # Side of the square textures, in pixels: \(FieldModel.sides.lowerBound) to \(FieldModel.sides.upperBound).
      side: \(side)
      """
  }

  /// The keys that most recipes omit.
  private var optionalYAML: String {
    var lines: [String] = []
    if field.noise != 0 {
      lines += ["", "# Standard deviation of the white noise in every pixel.", "noise: \(field.noise.shortest)"]
    }
    switch field.transform {
    case .identity: break
    case .lognormal: lines += ["", "# Pixels are exp of the sum.", "transform: \(TransformForm.lognormal)"]
    case .threshold(let level):
      lines += [
        "", "# Pixels are 1 where the sum is above the level, else 0.",
        "transform: {\(TransformForm.threshold): \(level.shortest)}",
      ]
    }
    if field.allowedClamping != 0 {
      lines += [
        "",
        "# Maximum fraction of an open field's variance in negative eigenvalues of its embedding, which are set to zero.",
        "allow_clamping: \(field.allowedClamping.shortest)",
      ]
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The candidates: only their length scales if they have no other parameters.
  private var candidatesYAML: String {
    let document = RecipeDocument(self)
    guard let candidates = document.candidates else {
      return """
        # Length scales l in pixels, 0.5 or more: one list of candidates for each scale, 1 to 8 scales. A class is one
        # choice from each list, the first list varying fastest: \(counted(classCount, "class")).
        length_scales:
        \(lengthScales.map { "  - \(Self.list($0))" }.joined(separator: "\n"))
        """
    }
    let lines = candidates.map { list in
      let covariances = list.map { candidate in
        let values = candidate.parameters.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.yaml)" }
        let table = candidate.table.map { table in
          let rows = table.rows.map { Self.list([$0.waveNumber, $0.density]) }
          return ["table: [" + rows.joined(separator: ", ") + "]"]
        }
        return "{" + (["covariance: \(candidate.name)"] + values + (table ?? [])).joined(separator: ", ") + "}"
      }
      return "  - [" + covariances.joined(separator: ", ") + "]"
    }
    return """
      # Covariances, length scales in pixels: one list of candidates for each scale, 1 to 8 scales. A class is one choice
      # from each list, the first list varying fastest: \(counted(classCount, "class")).
      candidates:
      \(lines.joined(separator: "\n"))
      """
  }

  /// The formulas of the covariances, and the key `covariance` if all candidates share a family.
  private var covarianceYAML: String {
    let document = RecipeDocument(self)
    let formulas = field.familyNames.compactMap { CovarianceFamily.named($0) }.map { "\($0.name) is \($0.formula)" }
    return "# Covariance of each field at a distance of r pixels: \(formulas.joined(separator: "; ")).\n"
      + (document.covariance?.first.map { "covariance: \($0.text)\n" } ?? "")
  }

  private static func list(_ numbers: [Double]) -> String {
    "[" + numbers.map(\.shortest).joined(separator: ", ") + "]"
  }
}

extension ParameterValue {
  /// The number, or the range: "9.5", "{uniform: [5, 20]}".
  fileprivate var yaml: String {
    switch self {
    case .fixed(let value): value.shortest
    case .uniform(let range):
      "{\(RangeForm.uniform): [\(range.lowerBound.shortest), \(range.upperBound.shortest)]}"
    case .logUniform(let range):
      "{\(RangeForm.logUniform): [\(range.lowerBound.shortest), \(range.upperBound.shortest)]}"
    }
  }
}
