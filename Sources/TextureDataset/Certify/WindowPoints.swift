import GaussianField

/// The pixels of open textures that are tested: square lattices of several strides, from adjacent pixels to pixels
/// spread over the whole window.
struct WindowPoints: Sendable {
  /// The coordinates of the pixels, in the order of the axes.
  let places: [[Int]]
  private let extents: [Int]

  /// - Parameters:
  ///   - shape: the shape of a texture.
  ///   - maximum: the approximate number of pixels.
  init(_ shape: FieldShape, maximum: Int) {
    extents = shape.extents
    // The same number of pixels in each lattice: with stride 1, over the whole window, and in between.
    let share = Double(maximum) / 3
    let side =
      switch extents.count {
      case 1: Int(share)
      case 2: Int(share.squareRoot())
      default: Self.cubeRoot(share)
      }
    var seen = Set<[Int]>()
    var places: [[Int]] = []
    for level in 0..<3 {
      // The stride of each axis grows in equal ratios.
      let axes = extents.map { extent -> [Int] in
        let count = min(side, extent)
        let widest = count > 1 ? Double(extent - 1) / Double(count - 1) : 1
        let stride = level == 0 ? 1 : level == 2 ? widest : widest.squareRoot().rounded()
        let first = (Double(extent - 1) - stride * Double(count - 1)) / 2
        return (0..<count).map { Int((first + stride * Double($0)).rounded(.down)) }
      }
      let lattice = axes.reduce([[]]) { (places: [[Int]], axis) in places.flatMap { place in axis.map { place + [$0] } }
      }
      for place in lattice where seen.insert(place).inserted { places.append(place) }
    }
    self.places = places
  }

  private static func cubeRoot(_ value: Double) -> Int {
    var side = 1
    while Double((side + 1) * (side + 1) * (side + 1)) <= value { side += 1 }
    return side
  }

  /// The number of ways to mirror a texture; the first is the identity.
  var mirrorings: Int { 1 << extents.count }

  /// The offsets of the pixels in a texture mirrored along the axes whose bits are set.
  func offsets(_ chosen: [Int], mirrored bits: Int) -> [Int] {
    chosen.map { index in
      zip(places[index].enumerated(), extents).reduce(0) { offset, axis in
        let ((number, coordinate), extent) = axis
        return offset * extent + (bits >> number & 1 == 1 ? extent - 1 - coordinate : coordinate)
      }
    }
  }
}
