extension Standardization {
  private enum CodingKeys: String, CodingKey {
    case mean
    case standardDeviation = "standard_deviation"
  }

  /// - Throws: where a key is missing.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      mean: try values.decode(Float.self, forKey: .mean),
      deviation: try values.decode(Float.self, forKey: .standardDeviation))
  }

  /// An object.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(mean, forKey: .mean)
    try values.encode(deviation, forKey: .standardDeviation)
  }
}
