extension Recipe {
  /// The recipe's keys whose values are not those of `other`.
  package func keysThatDiffer(from other: Recipe) -> [String] {
    var keys: [String] = []
    if side != other.side { keys.append("side") }
    if lengthScales != other.lengthScales { keys.append("length_scales") }
    if weights != other.weights { keys.append("weights") }
    if covariance != other.covariance { keys.append("covariance") }
    if boundary != other.boundary { keys.append("boundary") }
    if standardize != other.standardize { keys.append("standardize") }
    if dtype != other.dtype { keys.append("dtype") }
    if seed != other.seed { keys.append("seed") }
    if samples != other.samples { keys.append("samples") }
    return keys
  }
}
