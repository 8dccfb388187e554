@testable import Backdrop

/// A small network of any layers in any order that fit, the same for the same seed.
struct RandomNetwork {
  let network: Network
  let side: Int
  let samples: Int

  init(seed: Int) {
    var chance = Chance(seed: seed)
    let side = chance.next(9...24)
    self.side = side
    samples = chance.next(1...4)
    let inputChannels = chance.next(1...3)
    var layers: [Layer] = []
    func add(_ layer: Layer) {
      let candidate = layers + [layer]
      guard (try? Network(inputChannels: inputChannels, layers: candidate).shapes(side: side)) != nil else { return }
      layers = candidate
    }
    for _ in 0..<chance.next(3...9) { add(Self.layer(&chance)) }
    if chance.next(1...2) == 1 { add(.globalAveragePool) }
    add(.flatten)
    for _ in 0..<chance.next(1...2) {
      add(.linear(outputs: chance.next(1...6)))
      if chance.next(1...3) == 1 { add(.relu) }
      if chance.next(1...3) == 1 { add(.backdrop(MaskRule(axes: [.sample], probability: 0.5))) }
    }
    network = Network(inputChannels: inputChannels, layers: layers)
  }

  private static func layer(_ chance: inout Chance) -> Layer {
    switch chance.next(1...10) {
    case 1...4:
      let kernel = chance.next(1...5)
      return .convolution(
        Convolution(
          channels: chance.next(1...18), kernel: kernel, stride: chance.next(1...3), padding: chance.next(0...kernel)))
    case 5, 6: return .relu
    case 7:
      let kernel = chance.next(1...3)
      let pooling = Pooling(kernel: kernel, stride: chance.next(1...2), padding: chance.next(0...kernel / 2))
      return chance.next(1...2) == 1 ? .maxPool(pooling) : .averagePool(pooling)
    case 8: return .dropout(probability: [0, 0.3, 0.6][chance.next(0...2)])
    default:
      let probability = [0, 0.3, 0.7, 0.95, 1][chance.next(0...4)]
      guard chance.next(1...2) == 1 else { return .backdrop(MaskRule(probability: probability)) }
      let axes = Axis.allCases.filter { _ in chance.next(1...2) == 1 }
      return .backdrop(MaskRule(axes: axes.isEmpty ? [.y] : Set(axes), probability: probability))
    }
  }
}

/// Numbers that look random, the same everywhere.
struct Chance {
  private var state: UInt64

  init(seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  /// - Source: Knuth's MMIX generator.
  mutating func next(_ range: ClosedRange<Int>) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return range.lowerBound + Int(((state >> 33) * UInt64(range.count)) >> 31)
  }
}
