import Documents
import GaussianField

extension Recipe {
  /// The recipe as YAML for a person to read and edit; every key is there, and it reads back as the same recipe.
  public var yaml: String {
    """
    # A gpgen recipe: all that decides the pixels and labels of a dataset, and nothing else.
    #   gpgen --recipe recipe.yaml --out data.h5
    # Every key is optional; options on the command line override it.

    # Side of the square textures, in pixels: \(FieldModel.sides.lowerBound) to \(FieldModel.sides.upperBound).
    side: \(side)

    \(candidatesYAML)

    # Weight of each scale's field, of variance 1, in the sum that makes a texture.
    weights: \(Self.list(weights))

    \(covarianceYAML)
    # What happens at the edges: periodic textures continue on the opposite side.
    boundary: \(field.boundary.rawValue)

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

  /// The candidates: by their length scales alone where those say it all.
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
        let values = candidate.parameters.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }
        return "{" + (["covariance: \(candidate.name)"] + values).joined(separator: ", ") + "}"
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

  /// The formulas of the covariances, r in pixels, and their name where all candidates have one.
  private var covarianceYAML: String {
    let document = RecipeDocument(self)
    let formulas = field.familyNames.compactMap { CovarianceFamily.named($0) }.map { "\($0.name) is \($0.formula)" }
    return "# Covariance of each field at a distance of r pixels: \(formulas.joined(separator: "; ")).\n"
      + (document.covariance.map { "covariance: \($0)\n" } ?? "")
  }

  private static func list(_ numbers: [Double]) -> String {
    "[" + numbers.map(\.shortest).joined(separator: ", ") + "]"
  }
}
