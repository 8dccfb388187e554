extension RunRecord.Dataset {
  private enum Version1Keys: String, CodingKey { case side }

  /// - Throws: if a key is missing. Files of version 1 have one side, that of square textures.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let side = try decoder.container(keyedBy: Version1Keys.self).decodeIfPresent(Int.self, forKey: .side)
    self.init(
      hash: try values.decode(String.self, forKey: .hash), recipe: try values.decode(String.self, forKey: .recipe),
      height: try side ?? values.decode(Int.self, forKey: .height),
      width: try side ?? values.decode(Int.self, forKey: .width),
      classNames: try values.decode([String].self, forKey: .classNames),
      samples: try values.decode([Int].self, forKey: .samples),
      trainingSamples: try values.decode(Int.self, forKey: .trainingSamples),
      validationSamples: try values.decode(Int.self, forKey: .validationSamples))
  }
}
