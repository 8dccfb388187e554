import TextureStream

extension Evaluation: Decodable {
  /// Reads an evaluation from JSON such as ``json``. The file may come from an untrusted source: shapes are checked.
  ///
  /// - Throws: if a key is missing or its value is invalid.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    datasetHash = try values.decode(String.self, forKey: .datasetHash)
    split = Split(rawValue: try values.decode(String.self, forKey: .split))
    samples = try values.decode(Int.self, forKey: .samples)
    lossName = try values.decode(String.self, forKey: .lossName)
    loss = try values.decodeIfPresent(Double.self, forKey: .loss)
    ceiling = try values.decodeIfPresent(Ceiling.self, forKey: .ceiling)
    if let classes = try values.decodeIfPresent(ClassificationReport.self, forKey: .classes) {
      try Self.check(classes.confusion, size: classes.classes.count, .classes, in: values)
      report = .classes(classes)
    } else if let binary = try values.decodeIfPresent(BinaryReport.self, forKey: .binary) {
      try Self.check(binary.confusion, size: 2, .binary, in: values)
      report = .binary(binary)
    } else {
      report = .regression(try values.decode(RegressionReport.self, forKey: .regression))
    }
  }

  /// Checks that a confusion matrix has a row and a column for each class, and that its counts can be added without
  /// overflow.
  private static func check(
    _ confusion: [[Int]], size: Int, _ key: CodingKeys, in values: KeyedDecodingContainer<CodingKeys>
  ) throws {
    guard confusion.count == size, confusion.allSatisfy({ $0.count == size }),
      confusion.allSatisfy({ $0.allSatisfy { (0...Int(UInt32.max)).contains($0) } })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: values, debugDescription: "the confusion matrix does not have a count for each pair of classes"
      )
    }
  }
}
