import Foundation

@testable import Backdrop

/// PyTorch's results for a small network: a file of `Fixtures/networks.py`.
struct NetworkFixture: Decodable {
  struct DrawnMask: Decodable {
    let extents: [Int]
    let values: [Float]
  }

  enum Criterion: String, Decodable {
    case auc
  }

  let side: Int
  let samples: Int
  let seed: UInt64
  let step: Int
  /// By layer.
  let masks: [String: DrawnMask]
  let outputs: [Double]
  /// Cross-entropy if not given.
  let criterion: Criterion?
  let loss: Double
  /// By name.
  let weightSums: [String: Double]
  /// By name.
  let gradients: [String: [Double]]
  let inputGradient: [Double]

  static let names = [
    "kernels", "max-pool", "average-pool", "axes", "fixed-element", "sbp", "meprop", "reference-3x3", "reference-2x2",
    "auc",
  ]

  /// The fixture and its network.
  static func named(_ name: String) throws -> (NetworkFixture, Network) {
    let name = "network-\(name).json"
    let data = try Data(contentsOf: URL(filePath: FixtureFile.path(name)))
    let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    let document = try JSONSerialization.data(withJSONObject: object?["network"] ?? [:])
    let network = try Network(yaml: String(decoding: document, as: UTF8.self), file: name)
    return (try FixtureFile.decode(NetworkFixture.self, name), network)
  }

  /// The images, by the script's linear congruential generator.
  static func images(count: Int) -> [Float] {
    var state: UInt32 = 1
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) * 0x1p-23 - 1
    }
  }

  var targets: [Int] { (0..<samples).map { $0 % (criterion == .auc ? 2 : outputs.count / samples) } }

  /// The loss and its gradient with respect to the outputs.
  func evaluate(_ outputs: [Double]) -> (loss: Double, gradient: [Double]) {
    switch criterion {
    case .auc: ReferenceLoss.auc(outputs, targets: targets)
    case nil: ReferenceLoss.crossEntropy(outputs, classes: outputs.count / samples, targets: targets)
    }
  }
}

/// The maximum difference, relative to the maximum expected magnitude; infinite if the counts differ.
func relativeError(_ found: some Collection<some BinaryFloatingPoint>, _ expected: some Collection<Double>) -> Double {
  guard found.count == expected.count else { return .infinity }
  let maximum = expected.map(abs).max() ?? 0
  let difference = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
  return difference == 0 ? 0 : difference / maximum
}
