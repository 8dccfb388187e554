import Backdrop
import Documents
import Yams

/// The YAML keys of a method's settings, named after the options of `gpgen train`, with the values that they accept.
enum SettingKey: String, CaseIterable {
  case batch
  case batchMask = "batch_mask"
  case channels
  case clip
  case coarseAfter = "coarse_after"
  case coarseMask = "coarse_mask"
  case crop
  case depth
  case dropout
  case fineAfter = "fine_after"
  case fineMask = "fine_mask"
  case flip
  case kernel
  case learningRate = "learning_rate"
  case loss
  case maskDims = "mask_dims"
  case mepropK = "meprop_k"
  case method
  case momentum
  case optimizer
  case positiveClasses = "positive_classes"
  case roll
  case sbpPlaces = "sbp_places"
  case sbpRatio = "sbp_ratio"
  case sbpUnbiased = "sbp_unbiased"
  case schedule
  case targets
  case turn
  case warmUp = "warm_up"
  case weightDecay = "weight_decay"

  /// The values that a key accepts, as error messages say after "expected".
  var expectation: String {
    switch self {
    case .batch: "a number of textures, at least 1"
    case .batchMask, .coarseMask, .dropout, .fineMask: "a probability from 0 to 1"
    case .channels, .depth, .fineAfter, .coarseAfter, .crop, .mepropK: "a whole number of at least 1"
    case .clip: "a norm above 0"
    case .flip, .roll, .turn, .sbpUnbiased: "true or false"
    case .kernel: "2 or 3"
    case .learningRate: "a number above 0"
    case .loss: Loss.all.map(\.name).joined(separator: ", ")
    case .maskDims: "a list of axes, such as [sample, y, x]"
    case .method: GradientMethod.allCases.map(\.rawValue).joined(separator: ", ")
    case .momentum: "a number of at least 0 and below 1"
    case .optimizer: TrainingSettings.OptimizerKind.allCases.map(\.rawValue).joined(separator: ", ")
    case .positiveClasses: "a list of class indices, such as [0]"
    case .sbpPlaces: Layer.KeptPlaces.allCases.map(\.rawValue).joined(separator: ", ")
    case .sbpRatio: "a fraction above 0, at most 1"
    case .schedule: TrainingSettings.ScheduleKind.allCases.map(\.rawValue).joined(separator: ", ")
    case .targets: "a list of labels, such as [length_scale:0]"
    case .warmUp: "a number of steps, at least 0"
    case .weightDecay: "a number of at least 0"
    }
  }
}

extension TrainingSettings {
  /// Sets a key to the value of a node.
  ///
  /// - Throws: ``DocumentError`` if the value has another type or is out of range.
  mutating func read(_ key: SettingKey, _ node: Node, in file: YAMLFile) throws(DocumentError) {
    let reader = ValueReader(file: file, key: key.rawValue, expectation: key.expectation)
    switch key {
    case .batch: batch = try reader.integer(node, in: 1...1 << 20)
    case .batchMask: batchMask = try reader.number(node, in: 0...1)
    case .channels: channels = try reader.integer(node, in: 1...1 << 16)
    case .clip: clip = try reader.number(node, in: .leastNonzeroMagnitude ... .greatestFiniteMagnitude)
    case .coarseAfter: coarseAfter = try reader.integer(node, in: 1...1000)
    case .coarseMask: coarseMask = try reader.number(node, in: 0...1)
    case .crop: crop = try reader.integer(node, in: 1...1 << 20)
    case .depth: depth = try reader.integer(node, in: 1...1000)
    case .dropout: dropout = try reader.number(node, in: 0...1)
    case .fineAfter: fineAfter = try reader.integer(node, in: 1...1000)
    case .fineMask: fineMask = try reader.number(node, in: 0...1)
    case .flip: flip = try reader.bool(node)
    case .kernel: kernel = try reader.integer(node, in: 2...3)
    case .learningRate: learningRate = try reader.number(node, in: .leastNonzeroMagnitude...1e6)
    case .loss: loss = try reader.word(node) { Loss(name: $0) }
    case .maskDims: maskAxes = Set(try reader.list(node) { reader.optionalWord($0).flatMap(Axis.init(rawValue:)) })
    case .mepropK: mepropK = try reader.integer(node, in: 1...Int(Int32.max))
    case .method: method = try reader.word(node, GradientMethod.init(rawValue:))
    case .momentum: momentum = try reader.number(node, in: 0...1.0.nextDown)
    case .optimizer: optimizer = try reader.word(node, OptimizerKind.init(rawValue:))
    case .positiveClasses: positiveClasses = try reader.list(node) { file.integer($0) }
    case .roll: roll = try reader.bool(node)
    case .sbpPlaces: sbpPlaces = try reader.word(node, Layer.KeptPlaces.init(rawValue:))
    case .sbpRatio: sbpRatio = try reader.number(node, in: .leastNonzeroMagnitude...1)
    case .sbpUnbiased: sbpUnbiased = try reader.bool(node)
    case .schedule: schedule = try reader.word(node, ScheduleKind.init(rawValue:))
    case .targets: targets = try reader.list(node) { reader.optionalWord($0).flatMap { RegressionTarget($0) } }
    case .turn: turn = try reader.bool(node)
    case .warmUp: warmUp = try reader.integer(node, in: 0...1 << 30)
    case .weightDecay: weightDecay = try reader.number(node, in: 0...1e6)
    }
  }
}

/// Reads the value of one key; each error names the file, the line and the key.
struct ValueReader {
  let file: YAMLFile
  let key: String
  let expectation: String

  func integer(_ node: Node, in range: ClosedRange<Int>) throws(DocumentError) -> Int {
    guard let value: Int = file.integer(node), range.contains(value) else { throw error(node) }
    return value
  }

  func number(_ node: Node, in range: ClosedRange<Double>) throws(DocumentError) -> Double {
    guard let value = file.number(node), range.contains(value) else { throw error(node) }
    return value
  }

  func bool(_ node: Node) throws(DocumentError) -> Bool {
    guard let value = file.bool(node) else { throw error(node) }
    return value
  }

  func word<Value>(_ node: Node, _ value: (String) -> Value?) throws(DocumentError) -> Value {
    guard let word = file.word(node), let value = value(word) else { throw error(node) }
    return value
  }

  func optionalWord(_ node: Node) -> String? { file.word(node) }

  /// A list of at least one value, without duplicates.
  func list<Value: Hashable>(_ node: Node, _ value: (Node) -> Value?) throws(DocumentError) -> [Value] {
    guard let nodes = file.list(node), !nodes.isEmpty else { throw error(node) }
    var values: [Value] = []
    for element in nodes {
      guard let value = value(element), !values.contains(value) else { throw error(element) }
      values.append(value)
    }
    return values
  }

  func error(_ node: Node) -> DocumentError {
    file.error(line: node.mark?.line, "`\(key)`: found \(file.describe(node)), expected \(expectation)")
  }
}
