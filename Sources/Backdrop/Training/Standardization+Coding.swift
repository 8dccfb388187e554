extension Standardization {
  private enum CodingKeys: String, CodingKey {
    case mean
    case standardDeviation = "standard_deviation"
  }

  /// - Throws: if a key is missing.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      mean: try values.decode(Float.self, forKey: .mean),
      standardDeviation: try values.decode(Float.self, forKey: .standardDeviation))
  }

  /// Encodes an object with the keys `mean` and `standard_deviation`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(mean, forKey: .mean)
    try values.encode(standardDeviation, forKey: .standardDeviation)
  }
}
