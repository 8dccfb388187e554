import GaussianField
import Testing

@testable import TextureStream

@Suite struct AugmentationTests {
  private let side = 7
  private var texture: [Float] { (0..<49).map(Float.init) }

  private func apply(_ augmentation: Augmentation, epoch: Int = 0, sample: Int = 0) -> [Float] {
    let size = augmentation.crop ?? side
    var output = [Float](repeating: -1, count: size * size)
    augmentation.apply(to: texture, shape: .square(side: side), seed: 11, epoch: epoch, sample: sample, into: &output)
    return output
  }

  private func rows(_ image: [Float], _ size: Int) -> [[Float]] {
    (0..<size).map { Array(image[$0 * size..<($0 + 1) * size]) }
  }

  /// All mirrorings, turns and rolls, computed the slow way.
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
  func requestedChangesAllOccur(flip: Bool, turn: Bool, roll: Bool) {
    let expected = all(flip: flip, turn: turn, roll: roll)
    let made = Set((0..<6000).map { apply(Augmentation(flip: flip, turn: turn, roll: roll), sample: $0) })
    #expect(made == expected)
  }

  /// The 3 x 3 window at (y, x), wrapped around the edges.
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

  @Test func cropOfARolledTextureMayCrossTheEdge() {
    var windows: Set<[Float]> = []
    for y in 0..<7 {
      for x in 0..<7 { windows.insert(window(y, x)) }
    }
    #expect(Set((0..<4000).map { apply(Augmentation(crop: 3, roll: true), sample: $0) }) == windows)
  }

  @Test func drawsDependOnSeedEpochAndSample() {
    let augmentation = Augmentation(flip: true, turn: true, roll: true)
    #expect(apply(augmentation, epoch: 2, sample: 5) == apply(augmentation, epoch: 2, sample: 5))
    let others = [apply(augmentation, epoch: 3, sample: 5), apply(augmentation, epoch: 2, sample: 6)]
    #expect(!others.contains(apply(augmentation, epoch: 2, sample: 5)))
  }

  /// Streams of squares have had these draws since version 0.1: pixel (0, 0), its neighbour in x, and its neighbour in
  /// y.
  @Test(
    arguments: [
      (0, nil, [32, 39, 31]), (1, nil, [2, 3, 9]), (2, nil, [43, 36, 42]), (3, nil, [17, 24, 18]), (0, 3, [1, 8, 0]),
      (1, 3, [17, 18, 24]), (2, 3, [27, 20, 26]), (3, 3, [39, 46, 40]), (4, 3, [28, 35, 29]), (5, 3, [41, 34, 35]),
    ] as [(Int, Int?, [Float])])
  func drawsOfSquaresDoNotChange(sample: Int, crop: Int?, expected: [Float]) {
    let made = apply(Augmentation(crop: crop, flip: true, turn: true, roll: true), epoch: 2, sample: sample)
    #expect([made[0], made[1], made[crop ?? side]] == expected)
  }

  // MARK: Shapes

  /// A texture of any shape as three nested arrays, sliced as in NumPy.
  private struct Reference: Equatable {
    var planes: [[[Float]]]

    init(_ pixels: [Float], _ extents: [Int]) {
      planes = (0..<extents[0]).map { z in
        (0..<extents[1]).map { y in
          let first = (z * extents[1] + y) * extents[2]
          return Array(pixels[first..<first + extents[2]])
        }
      }
    }

    init(_ planes: [[[Float]]]) { self.planes = planes }

    var pixels: [Float] { Array(planes.joined().joined()) }

    /// Applies a change of the outermost axis to axis 0, 1 or 2.
    func along(_ axis: Int, _ change: ([[[Float]]]) -> [[[Float]]]) -> Reference {
      switch axis {
      case 0: Reference(change(planes))
      case 1: Reference(planes.map { plane in change(plane.map { [$0] }).map { $0[0] } })
      default: Reference(planes.map { $0.map { row in change(row.map { [[$0]] }).map { $0[0][0] } } })
      }
    }

    func mirrored(_ axis: Int) -> Reference { along(axis) { $0.reversed() } }
    func rolled(_ axis: Int, _ count: Int) -> Reference {
      along(axis) { list in list.indices.map { list[($0 + count) % list.count] } }
    }
    /// The transpose with axis `order[i]` at position i.
    func transposed(_ order: [Int]) -> Reference {
      let extents = [planes.count, planes[0].count, planes[0][0].count]
      let new = order.map { extents[$0] }
      return Reference(
        (0..<new[0]).map { a in
          (0..<new[1]).map { b in
            (0..<new[2]).map { c in
              var place = [0, 0, 0]
              (place[order[0]], place[order[1]], place[order[2]]) = (a, b, c)
              return planes[place[0]][place[1]][place[2]]
            }
          }
        })
    }
  }

  @Test(arguments: [
    FieldShape.series(length: 11), .image(height: 3, width: 5), .volume(depth: 2, height: 3, width: 4),
  ])
  func allShapesAreMirroredAndRolledAlongEveryAxis(shape: FieldShape) {
    let texture = (0..<shape.pixels).map(Float.init)
    let extents = Array(repeating: 1, count: 3 - shape.dimensions) + shape.extents
    var expected: Set<[Float]> = []
    for place in 0..<shape.pixels {
      let start = [place / extents[2] / extents[1], place / extents[2] % extents[1], place % extents[2]]
      for mirrors in 0..<1 << shape.dimensions {
        var made = Reference(texture, extents)
        for axis in 0..<3 {
          made = made.rolled(axis, start[axis])
          if mirrors >> (2 - axis) & 1 == 1 { made = made.mirrored(axis) }
        }
        expected.insert(made.pixels)
      }
    }
    let augmentation = Augmentation(flip: true, roll: true)
    let made = Set((0..<6000).map { apply(augmentation, to: texture, shape, sample: $0) })
    #expect(made == expected)
  }

  @Test(arguments: [
    FieldShape.series(length: 6), .image(height: 4, width: 6), .volume(depth: 4, height: 3, width: 5),
  ])
  func cropsAreWindowsAlongEveryAxis(shape: FieldShape) {
    let texture = (0..<shape.pixels).map(Float.init)
    let extents = Array(repeating: 1, count: 3 - shape.dimensions) + shape.extents
    let window = Array(repeating: 1, count: 3 - shape.dimensions) + shape.extents.map { _ in 2 }
    var expected: Set<[Float]> = []
    for z in 0...extents[0] - window[0] {
      for y in 0...extents[1] - window[1] {
        for x in 0...extents[2] - window[2] {
          let whole = Reference(texture, extents).planes
          expected.insert(
            (0..<window[0]).flatMap { k in (0..<window[1]).flatMap { j in whole[z + k][y + j][x..<x + window[2]] } })
        }
      }
    }
    #expect(Set((0..<3000).map { apply(Augmentation(crop: 2), to: texture, shape, sample: $0) }) == expected)
  }

  @Test func cubesAreTurnedByAllRotations() {
    let shape = FieldShape.volume(depth: 3, height: 3, width: 3)
    let texture = (0..<27).map(Float.init)
    let whole = Reference(texture, [3, 3, 3])
    // The group generated by quarter turns about two axes.
    let turns: [(Reference) -> Reference] = [
      { $0.transposed([0, 2, 1]).mirrored(2) }, { $0.transposed([1, 0, 2]).mirrored(1) },
    ]
    var expected = [whole]
    while let next = expected.flatMap({ known in turns.map { $0(known) } }).first(where: { !expected.contains($0) }) {
      expected.append(next)
    }
    #expect(expected.count == 24)
    let made = Set((0..<600).map { apply(Augmentation(turn: true), to: texture, shape, sample: $0) })
    #expect(made == Set(expected.map(\.pixels)))
  }

  private func apply(
    _ augmentation: Augmentation, to texture: [Float], _ shape: FieldShape, sample: Int
  ) -> [Float] {
    var output = [Float](repeating: -1, count: augmentation.shape(of: shape).pixels)
    augmentation.apply(to: texture, shape: shape, seed: 11, epoch: 0, sample: sample, into: &output)
    return output
  }

  // MARK: Refusals

  private func field(
    _ shape: FieldShape, _ boundary: Boundary = .periodic, family: CovarianceFamily = SquaredExponential.family
  ) throws -> FieldModel {
    let candidate = try CovarianceModel(family: family, [CovarianceFamily.lengthScaleName: 2])
    return try FieldModel(shape: shape, boundary: boundary, scales: [Scale(weight: 1, candidates: [candidate])])
  }

  @Test func changesOfTheDistributionAreRefused() throws {
    let square = FieldShape.square(side: 16)
    let cases: [(Augmentation, FieldModel, String)] = [
      (.init(roll: true), try field(square, .open), "open textures are not periodic"),
      (.init(turn: true), try field(.image(height: 8, width: 16)), "images of 8 x 16 pixels"),
      (.init(turn: true), try field(.volume(depth: 8, height: 16, width: 16)), "volumes of 8 x 16 x 16 pixels"),
      (.init(turn: true), try field(.series(length: 16)), "series of 16 pixels"),
      (.init(crop: 9), try field(.image(height: 8, width: 16)), "expected 1 to 8, the shortest extent"),
    ]
    for (augmentation, field, message) in cases {
      let error = #expect(throws: StreamError.self) { try augmentation.check(field) }
      #expect(error?.code == .invalidOptions)
      #expect(error?.message.contains(message) == true)
    }
    try Augmentation(crop: 8, flip: true, turn: true, roll: true).check(try field(square))
    try Augmentation(flip: true, turn: true).check(try field(square, .open))
    #expect(Augmentation.all(keeping: try field(square)) == Augmentation(flip: true, turn: true, roll: true))
    #expect(Augmentation.all(keeping: try field(square, .open)) == Augmentation(flip: true, turn: true))
    #expect(Augmentation.all(keeping: try field(.series(length: 16))) == Augmentation(flip: true, roll: true))
  }
}
