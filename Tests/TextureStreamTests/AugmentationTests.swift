import GaussianField
import Testing

@testable import TextureStream

@Suite struct AugmentationTests {
  private let side = 7
  private var texture: [Float] { (0..<49).map(Float.init) }

  private func apply(_ augmentation: Augmentation, epoch: Int = 0, sample: Int = 0) -> [Float] {
    let size = augmentation.crop ?? side
    var output = [Float](repeating: -1, count: size * size)
    augmentation.apply(to: texture, side: side, seed: 11, epoch: epoch, sample: sample, into: &output)
    return output
  }

  private func rows(_ image: [Float], _ size: Int) -> [[Float]] {
    (0..<size).map { Array(image[$0 * size..<($0 + 1) * size]) }
  }

  /// Every way to mirror, turn and roll, made the slow way.
  private func all(flip: Bool, turn: Bool, roll: Bool) -> Set<[Float]> {
    var found: Set<[Float]> = []
    for dy in 0..<(roll ? side : 1) {
      for dx in 0..<(roll ? side : 1) {
        let rolled = (0..<side).map { y in
          (0..<side).map { x in texture[(y + dy) % side * side + (x + dx) % side] }
        }
        for mirrors in 0..<(flip ? 4 : 1) {
          var image = rolled
          if mirrors & 1 == 1 { image = image.map { $0.reversed() } }
          if mirrors & 2 == 2 { image.reverse() }
          for _ in 0..<(turn ? 4 : 1) {
            found.insert(Array(image.joined()))
            image = (0..<side).map { y in (0..<side).map { x in image[side - 1 - x][y] } }
          }
        }
      }
    }
    return found
  }

  @Test(arguments: [
    (true, false, false), (false, true, false), (false, false, true), (true, true, false), (true, true, true),
  ])
  func changesAreThoseAskedForAndAllOfThemCome(flip: Bool, turn: Bool, roll: Bool) {
    let expected = all(flip: flip, turn: turn, roll: roll)
    let made = Set((0..<6000).map { apply(Augmentation(flip: flip, turn: turn, roll: roll), sample: $0) })
    #expect(made == expected)
  }

  /// The 3 x 3 window at (y, x), over the edges where it has to.
  private func window(_ y: Int, _ x: Int) -> [Float] {
    var window: [Float] = []
    for row in 0..<3 {
      for column in 0..<3 { window.append(texture[(y + row) % side * side + (x + column) % side]) }
    }
    return window
  }

  @Test func cropIsAWindow() {
    var windows: Set<[Float]> = []
    for y in 0...4 {
      for x in 0...4 { windows.insert(window(y, x)) }
    }
    #expect(Set((0..<2000).map { apply(Augmentation(crop: 3), sample: $0) }) == windows)
  }

  @Test func cropOfARolledTextureMayCrossItsEdge() {
    var windows: Set<[Float]> = []
    for y in 0..<7 {
      for x in 0..<7 { windows.insert(window(y, x)) }
    }
    #expect(Set((0..<4000).map { apply(Augmentation(crop: 3, roll: true), sample: $0) }) == windows)
  }

  @Test func seedEpochAndSampleDecide() {
    let augmentation = Augmentation(flip: true, turn: true, roll: true)
    #expect(apply(augmentation, epoch: 2, sample: 5) == apply(augmentation, epoch: 2, sample: 5))
    let others = [apply(augmentation, epoch: 3, sample: 5), apply(augmentation, epoch: 2, sample: 6)]
    #expect(!others.contains(apply(augmentation, epoch: 2, sample: 5)))
  }
}
