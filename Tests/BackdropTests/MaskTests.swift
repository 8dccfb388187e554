import Testing

@testable import Backdrop

@Suite struct MaskTests {
  private static let shape = Shape(channels: 3, height: 4, width: 5)

  /// Every set of axes.
  private static let axes: [Set<Axis>] = (1..<16).map { bits in
    Set(Axis.allCases.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element))
  }

  @Test func maskIsTheSameAlongAxesThatAreNotMasked() {
    let mask = Mask(extents: [1, 1, 2, 1], values: [0, 2])
    #expect(mask[3, 5, 0, 7] == 0)
    #expect(mask[3, 5, 1, 7] == 2)
  }

  @Test(arguments: axes)
  func extentsAreThoseOfTheMaskedAxes(axes: Set<Axis>) {
    let mask = MaskRule(axes: axes, probability: 0.5).draw(samples: 2, shape: Self.shape, seed: 1, step: 0, layer: 0)
    #expect(mask.extents[0] == (axes.contains(.sample) ? 2 : 1))
    #expect(mask.extents[1] == (axes.contains(.channel) ? 3 : 1))
    #expect(mask.extents[2] == (axes.contains(.y) ? 4 : 1))
    #expect(mask.extents[3] == (axes.contains(.x) ? 5 : 1))
  }

  @Test(arguments: axes, [0, 0.3, 0.85, 0.99, 1])
  func maskSumsToItsCount(axes: Set<Axis>, probability: Double) {
    let rule = MaskRule(axes: axes, probability: probability)
    for step in 0..<20 {
      let mask = rule.draw(samples: 2, shape: Self.shape, seed: 1, step: step, layer: 2)
      // With the sample and other axes, every sample has its own mask.
      let masks = axes.contains(.sample) && axes.count > 1 ? 2 : 1
      let count = mask.values.count / masks
      for sample in 0..<masks {
        let values = mask.values[sample * count..<(sample + 1) * count]
        let sum = values.reduce(0) { $0 + Double($1) }
        #expect(abs(sum / Double(count) - 1) < 1e-6)
        #expect(Set(values.filter { $0 != 0 }).count == 1)
      }
    }
  }

  @Test(arguments: axes)
  func nothingIsBlockedAtProbabilityZero(axes: Set<Axis>) {
    let mask = MaskRule(axes: axes, probability: 0).draw(samples: 2, shape: Self.shape, seed: 1, step: 0, layer: 0)
    #expect(mask.values.allSatisfy { $0 == 1 })
  }

  @Test func blockedShareIsTheProbability() {
    // One mask of 10^6 elements: a deviation of more than five standard errors has a probability of 6e-7.
    let shape = Shape(channels: 1, height: 1000, width: 1000)
    let mask = MaskRule(axes: [.y, .x], probability: 0.85).draw(samples: 1, shape: shape, seed: 7, step: 0, layer: 0)
    let blocked = Double(mask.values.count { $0 == 0 })
    #expect(abs(blocked - 850_000) < 5 * (1e6 * 0.85 * 0.15).squareRoot())
  }

  @Test func meanMaskIsOne() {
    // 24 elements: a deviation of more than 5.5 standard errors in any of them has a probability of 1e-6.
    let shape = Shape(channels: 1, height: 3, width: 4)
    let rule = MaskRule(probability: 0.85)
    let masks = 4000
    var sums = Array(repeating: 0.0, count: 24)
    var squares = sums
    for step in 0..<masks {
      let mask = rule.draw(samples: 2, shape: shape, seed: 11, step: step, layer: 3)
      for (element, value) in mask.values.enumerated() {
        sums[element] += Double(value)
        squares[element] += Double(value) * Double(value)
      }
    }
    for element in sums.indices {
      let mean = sums[element] / Double(masks)
      let error = ((squares[element] / Double(masks) - mean * mean) / Double(masks)).squareRoot()
      #expect(abs(mean - 1) < 5.5 * error)
      #expect(error < 0.06)
    }
  }

  /// By definition, the probability of b is that of its independent elements, and if all are 0, a random one survives.
  @Test(arguments: [0.1, 0.5, 0.9])
  func everyTinyMaskHasItsProbability(probability: Double) {
    let (elements, masks) = (3, 20_000)
    var expected: [[Float]: Double] = [:]
    for b in 0..<1 << elements {
      let kept = (0..<elements).map { b >> $0 & 1 }
      let ones = kept.reduce(0, +)
      let chance = kept.reduce(1) { $0 * ($1 == 1 ? 1 - probability : probability) }
      guard ones > 0 else {
        for survivor in 0..<elements {
          expected[(0..<elements).map { $0 == survivor ? Float(elements) : 0 }, default: 0] += chance / Double(elements)
        }
        continue
      }
      expected[kept.map { Float($0) * Float(elements) / Float(ones) }, default: 0] += chance
    }
    // Exact: the probabilities sum to 1, and the mean mask is 1.
    #expect(abs(expected.values.reduce(0, +) - 1) < 1e-12)
    for element in 0..<elements {
      #expect(abs(expected.reduce(0) { $0 + Double($1.key[element]) * $1.value } - 1) < 1e-6)
    }
    var found: [[Float]: Int] = [:]
    let rule = MaskRule(axes: [.y], probability: probability)
    let shape = Shape(channels: 1, height: elements, width: 1)
    for step in 0..<masks {
      found[rule.draw(samples: 1, shape: shape, seed: 3, step: step, layer: 0).values, default: 0] += 1
    }
    #expect(Set(found.keys).isSubset(of: expected.keys))
    // Pearson's chi-square with six degrees of freedom exceeds 45 with a probability of 5e-8.
    let chiSquare = expected.reduce(0.0) { sum, mask in
      let mean = mask.value * Double(masks)
      let difference = Double(found[mask.key] ?? 0) - mean
      return sum + difference * difference / mean
    }
    #expect(chiSquare < 45)
  }

  @Test func oneElementSurvivesAtProbabilityOneUniformly() {
    let rule = MaskRule(probability: 1)
    let masks = 5000
    var survivors = Array(repeating: 0, count: 20)
    for step in 0..<masks {
      let mask = rule.draw(samples: 2, shape: Self.shape, seed: 5, step: step, layer: 1)
      for sample in 0..<2 {
        let values = Array(mask.values[sample * 20..<(sample + 1) * 20])
        #expect(values.count { $0 != 0 } == 1)
        survivors[values.firstIndex(of: 20) ?? 0] += 1
      }
    }
    // Pearson's chi-square with 19 degrees of freedom exceeds 75 with a probability of 1e-8.
    let mean = Double(2 * masks) / 20
    #expect(survivors.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) / mean } < 75)
  }

  @Test func sampleAloneIsMaskedOverTheBatch() {
    let mask = MaskRule(axes: [.sample], probability: 0.75)
      .draw(samples: 64, shape: Self.shape, seed: 1, step: 0, layer: 0)
    #expect(mask.extents == [64, 1, 1, 1])
    let kept = mask.values.count { $0 != 0 }
    #expect(kept > 4 && kept < 40)
    #expect(mask.values.allSatisfy { $0 == 0 || $0 == 64 / Float(kept) })
  }

  @Test func sampleKeepsItsMaskInAnyBatch() {
    let rule = MaskRule(axes: [.sample, .channel, .x], probability: 0.6)
    let long = rule.draw(samples: 7, shape: Self.shape, seed: 1, step: 9, layer: 4)
    let short = rule.draw(samples: 3, shape: Self.shape, seed: 1, step: 9, layer: 4)
    #expect(Array(long.values.prefix(short.values.count)) == short.values)
    let drops = Mask.dropout(probability: 0.5, samples: 0..<7, shape: Self.shape, seed: 1, step: 9, layer: 4)
    let fewer = Mask.dropout(probability: 0.5, samples: 0..<3, shape: Self.shape, seed: 1, step: 9, layer: 4)
    #expect(Array(drops.values.prefix(9)) == fewer.values)
  }

  @Test func masksAreThoseOfSeedStepLayerAndSample() {
    let shape = Shape(channels: 1, height: 8, width: 8)
    func values(seed: UInt64 = 1, step: Int = 0, layer: Int = 0) -> [Float] {
      MaskRule(probability: 0.5).draw(samples: 2, shape: shape, seed: seed, step: step, layer: layer).values
    }
    let first = values()
    #expect(values() == first)
    #expect(values(seed: 2) != first)
    #expect(values(step: 1) != first)
    #expect(values(layer: 1) != first)
    #expect(first[..<64] != first[64...])
  }

  @Test(arguments: [Axis.sample, .channel, .y, .x])
  func oneAxisIsMaskedAndNoOther(axis: Axis) {
    let mask = MaskRule(axes: [axis], probability: 0.5, fixedElement: [1])
      .draw(samples: 2, shape: Self.shape, seed: 1, step: 0, layer: 0)
    for b in 0..<2 {
      for c in 0..<3 {
        for y in 0..<4 {
          for x in 0..<5 {
            let place = [Axis.sample: b, .channel: c, .y: y, .x: x][axis]
            let extent = [Axis.sample: 2, .channel: 3, .y: 4, .x: 5][axis]
            #expect(mask[b, c, y, x] == (place == 1 ? Float(extent ?? 0) : 0))
          }
        }
      }
    }
  }

  @Test func fixedElementSurvivesInEverySample() {
    let mask = MaskRule(axes: [.sample, .channel, .x], probability: 0.5, fixedElement: [2, 4])
      .draw(samples: 2, shape: Self.shape, seed: 1, step: 0, layer: 0)
    #expect(mask.values.count { $0 != 0 } == 2)
    #expect(mask[0, 2, 3, 4] == 15)
    #expect(mask[1, 2, 0, 4] == 15)
  }

  @Test func fixedSampleBeyondTheBatchSelectsTheLast() {
    let mask = MaskRule(axes: [.sample], probability: 0.5, fixedElement: [9])
      .draw(samples: 4, shape: Self.shape, seed: 1, step: 0, layer: 0)
    #expect(mask.values == [0, 0, 0, 4])
  }

  @Test(arguments: [
    (MaskRule(probability: 1.5), "`probability`: found 1.5, expected a number from 0 to 1"),
    (MaskRule(probability: .nan), "`probability`: found nan"),
    (MaskRule(axes: [], probability: 0.5), "`axes`: found none, expected one or more of sample, channel, y, x"),
    (
      MaskRule(probability: 0.5, fixedElement: [1]),
      "`fixed_element`: found [1], expected an index of 0 or more for each"
    ),
    (
      MaskRule(probability: 0.5, fixedElement: [0, -1]),
      "`fixed_element`: found [0, -1], expected an index of 0 or more"
    ),
    (MaskRule(probability: 0.5, fixedElement: [4, 0]), "`fixed_element`: found 4 along y, expected 0 to 3"),
    (MaskRule(axes: [.channel], probability: 0.5, fixedElement: [3]), "`fixed_element`: found 3 along channel"),
  ])
  func impossibleRuleIsRefused(rule: MaskRule, says: String) throws {
    let error = try #require(throws: BackdropError.self) { try rule.check(shape: Self.shape) }
    #expect(error.code == .invalidNetwork)
    #expect(error.message.hasPrefix(says), "\(error.message)")
  }

  @Test func dropoutDropsChannelsOfSamplesAndKeepsTheMean() {
    let shape = Shape(channels: 100, height: 2, width: 2)
    let factors = Mask.dropout(probability: 0.2, samples: 0..<1000, shape: shape, seed: 1, step: 0, layer: 0)
    #expect(factors.extents == [1000, 100, 1, 1])
    #expect(Set(factors.values) == [0, 1.25])
    // 10^5 channels: a deviation of more than five standard errors has a probability of 6e-7.
    let dropped = Double(factors.values.count { $0 == 0 })
    #expect(abs(dropped - 20_000) < 5 * (1e5 * 0.2 * 0.8).squareRoot())
  }

  @Test func dropoutAtItsEndsKeepsAllOrNothing() {
    let all = Mask.dropout(probability: 0, samples: 0..<3, shape: Self.shape, seed: 1, step: 0, layer: 0)
    #expect(all.values.allSatisfy { $0 == 1 })
    let nothing = Mask.dropout(probability: 1, samples: 0..<3, shape: Self.shape, seed: 1, step: 0, layer: 0)
    #expect(nothing.values.allSatisfy { $0 == 0 })
  }

  @Test func dropoutDoesNotRepeatTheMaskOfItsLayer() {
    let shape = Shape(channels: 64, height: 1, width: 1)
    let mask = MaskRule(axes: [.sample, .channel], probability: 0.5)
      .draw(samples: 1, shape: shape, seed: 1, step: 0, layer: 0)
    let dropout = Mask.dropout(probability: 0.5, samples: 0..<1, shape: shape, seed: 1, step: 0, layer: 0)
    #expect(mask.values.map { $0 == 0 } != dropout.values.map { $0 == 0 })
  }
}
