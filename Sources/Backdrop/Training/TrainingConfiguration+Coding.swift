/// A network is encoded as its YAML.
extension Network: Codable {
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`.
  public init(from decoder: any Decoder) throws {
    try self.init(yaml: decoder.singleValueContainer().decode(String.self), file: "network")
  }

  /// Encodes a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(yaml)
  }
}

/// A loss is encoded as its name.
extension Loss: Codable {
  /// All losses.
  public static let all: [Loss] = [
    .crossEntropy, .binaryCrossEntropy, .auc(.logistic), .auc(.squaredHinge), .softF1, .meanSquaredError,
  ]

  /// The loss's name in files and on the command line.
  public var name: String {
    switch self {
    case .crossEntropy: "cross-entropy"
    case .binaryCrossEntropy: "binary-cross-entropy"
    case .auc(.logistic): "auc"
    case .auc(.squaredHinge): "auc-squared-hinge"
    case .softF1: "f1"
    case .meanSquaredError: "mse"
    }
  }

  /// The loss with a name; nil if there is none.
  public init?(name: String) {
    guard let loss = Self.all.first(where: { $0.name == name }) else { return nil }
    self = loss
  }

  /// - Throws: if there is no loss with that name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let loss = Loss(name: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "there is no such loss")
    }
    self = loss
  }

  /// Encodes a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}

/// An update rule is encoded as its name and its parameters.
extension UpdateRule: Codable {
  private enum CodingKeys: String, CodingKey { case name, momentum, nesterov, beta1, beta2, epsilon }
  private enum Name: String, Codable { case sgd, adam, adamw }

  /// - Throws: if a key is missing, or there is no rule with that name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func number(_ key: CodingKeys) throws -> Double { try container.decode(Double.self, forKey: key) }
    switch try container.decode(Name.self, forKey: .name) {
    case .sgd: self = try .sgd(momentum: number(.momentum), nesterov: container.decode(Bool.self, forKey: .nesterov))
    case .adam: self = try .adam(beta1: number(.beta1), beta2: number(.beta2), epsilon: number(.epsilon))
    case .adamw: self = try .adamW(beta1: number(.beta1), beta2: number(.beta2), epsilon: number(.epsilon))
    }
  }

  /// Encodes an object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .sgd(let momentum, let nesterov):
      try container.encode(Name.sgd, forKey: .name)
      try container.encode(momentum, forKey: .momentum)
      try container.encode(nesterov, forKey: .nesterov)
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
      if case .adam = self {
        try container.encode(Name.adam, forKey: .name)
      } else {
        try container.encode(Name.adamw, forKey: .name)
      }
      try container.encode(beta1, forKey: .beta1)
      try container.encode(beta2, forKey: .beta2)
      try container.encode(epsilon, forKey: .epsilon)
    }
  }
}

/// A schedule is encoded as its shape's name and its parameters.
extension Schedule: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, every, factor
    case warmUp = "warm_up"
  }
  private enum Name: String, Codable { case constant, step, cosine }

  /// - Throws: if a key is missing, or there is no schedule with that name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let shape: Shape =
      switch try container.decode(Name.self, forKey: .name) {
      case .constant: .constant
      case .step:
        .step(
          every: try container.decode(Int.self, forKey: .every),
          factor: try container.decode(Double.self, forKey: .factor))
      case .cosine: .cosine
      }
    self.init(shape, warmUp: try container.decode(Int.self, forKey: .warmUp))
  }

  /// Encodes an object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch shape {
    case .constant: try container.encode(Name.constant, forKey: .name)
    case .step(let every, let factor):
      try container.encode(Name.step, forKey: .name)
      try container.encode(every, forKey: .every)
      try container.encode(factor, forKey: .factor)
    case .cosine: try container.encode(Name.cosine, forKey: .name)
    }
    try container.encode(warmUp, forKey: .warmUp)
  }
}
