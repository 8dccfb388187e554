@testable import Backdrop

/// A small network of random layers that fit together, determined by a seed.
struct RandomNetwork {
  let network: Network
  /// The side of the smallest squares that it fits.
  let side: Int
  /// A square for even seeds; for odd ones a rectangle, alternately wider and higher.
  let size: ImageSize
  let samples: Int

  init(seed: Int) {
    var random = SplitMix(seed: UInt64(seed))
    let side = random.number(5...17)
    self.side = side
    samples = random.number(1...4)
    let inputChannels = random.number(1...3)
    var layers: [Layer] = []
    func add(_ layer: Layer) {
      let candidate = layers + [layer]
      guard (try? Network(inputChannels: inputChannels, layers: candidate).shapes(side: side)) != nil else { return }
      layers = candidate
    }
    for _ in 0..<random.number(3...9) { add(Self.layer(&random)) }
    if random.number(1...2) == 1 { add(.globalAveragePool) }
    add(.flatten)
    for _ in 0..<random.number(1...2) {
      add(.linear(random.number(1...6)))
      if random.number(1...3) == 1 { add(.relu) }
      if random.number(1...3) == 1 { add(.backdrop(0.5, axes: [.sample])) }
    }
    network = Network(inputChannels: inputChannels, layers: layers)
    // All layers fit the smaller side.
    let other = side + 1 + seed % 7
    size =
      switch seed % 4 {
      case 1: ImageSize(height: side, width: other)
      case 3: ImageSize(height: other, width: side)
      default: ImageSize(side: side)
      }
  }

  private static func layer(_ random: inout SplitMix) -> Layer {
    switch random.number(1...10) {
    case 1...3:
      let kernel = random.number(1...5)
      return .convolution(
        random.number(1...2) == 1 ? random.number(1...6) : random.number(7...18), kernel: kernel,
        stride: random.number(1...3), padding: random.number(0...kernel))
    case 4: return .relu
    case 5, 6, 7:
      let kernel = random.number(1...3)
      let (stride, padding) = (random.number(1...2), random.number(0...kernel / 2))
      return random.number(1...2) == 1
        ? .maxPool(kernel, stride: stride, padding: padding) : .averagePool(kernel, stride: stride, padding: padding)
    case 8: return .dropout([0, 0.3, 0.6][random.number(0...2)])
    default:
      let probability = [0, 0.3, 0.7, 0.95, 1][random.number(0...4)]
      guard random.number(1...2) == 1 else { return .backdrop(probability) }
      let axes = Axis.allCases.filter { _ in random.number(1...2) == 1 }
      return .backdrop(probability, axes: axes.isEmpty ? [.y] : Set(axes))
    }
  }
}

extension SplitMix {
  fileprivate mutating func number(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }
}
