import GaussianField

/// Random changes to a texture that preserve its statistics; a pure function of seed, epoch and sample.
public struct Augmentation: Codable, Equatable, Sendable {
  /// The extent, in pixels, of a window along every axis; nil for the whole texture.
  public var crop: Int?
  /// Mirror along each axis with a probability of 1/2.
  public var flip: Bool
  /// Turn a square by 0, 90, 180 or 270 degrees, a cube by one of its 24 rotations.
  public var turn: Bool
  /// Begin a periodic texture at a random pixel, which gives another draw of the same field.
  public var roll: Bool

  /// Creates an augmentation; the default changes nothing.
  public init(crop: Int? = nil, flip: Bool = false, turn: Bool = false, roll: Bool = false) {
    self.crop = crop
    self.flip = flip
    self.turn = turn
    self.roll = roll
  }

  /// Whether textures are left unchanged.
  var isIdentity: Bool { crop == nil && !flip && !turn && !roll }

  /// The shape of augmented textures.
  public func shape(of shape: FieldShape) -> FieldShape {
    guard let crop else { return shape }
    return switch shape {
    case .series: .series(length: crop)
    case .image: .image(height: crop, width: crop)
    case .volume: .volume(depth: crop, height: crop, width: crop)
    }
  }

  /// Copies a texture with the changes applied.
  ///
  /// - Parameters:
  ///   - texture: the pixels, x varying fastest.
  ///   - shape: the shape of the texture.
  ///   - output: has space for a texture of ``shape(of:)``.
  func apply(
    to texture: UnsafePointer<Float>, shape: FieldShape, seed: UInt64, epoch: Int, sample: Int,
    into output: UnsafeMutablePointer<Float>
  ) {
    view(of: shape, seed: seed, epoch: epoch, sample: sample)
      .copy(rows: 0..<shape.rowCount, from: texture, into: output)
  }

  /// The view that gives the pixels of an augmented texture.
  ///
  /// - Parameter shape: the shape of the texture.
  func view(of shape: FieldShape, seed: UInt64, epoch: Int, sample: Int) -> TextureView {
    let words = (0..<3).map { Self.words(UInt32($0), seed, epoch, sample) }
    let window = self.shape(of: shape).gridExtents
    var view = TextureView(of: shape.gridExtents, window: window)
    // For each axis: the words of its roll and its window, the bit of its mirroring.
    let draws: [(roll: UInt32, crop: UInt32, mirror: UInt32)] = [
      (words[2].x, words[2].y, 4), (words[0].x, words[0].z, 2), (words[0].y, words[0].w, 1),
    ]
    for (axis, draw) in draws.enumerated() {
      let (extent, size) = (view.extents[axis], window[axis])
      if roll { view.start[axis] += Self.below(extent, draw.roll) }
      if size < extent { view.start[axis] += Self.below(extent - size + 1, draw.crop) }
      if flip, words[1].x & draw.mirror != 0 { view.mirror(axis) }
    }
    if turn {
      switch shape {
      case .series: break
      case .image: for _ in 0..<words[1].y & 3 { view.turnQuarter() }
      case .volume: view.rotate(Self.below(TextureView.rotationCount, words[1].z))
      }
    }
    return view
  }

  private static func words(_ block: UInt32, _ seed: UInt64, _ epoch: Int, _ sample: Int) -> SIMD4<UInt32> {
    Philox4x32.block(
      counter: SIMD4(
        block, UInt32(truncatingIfNeeded: epoch), NoisePurpose.augmentation.rawValue << 24, UInt32(sample)), key: seed)
  }

  /// A number below `bound`, from a random word.
  private static func below(_ bound: Int, _ word: UInt32) -> Int { Int((UInt64(word) * UInt64(bound)) >> 32) }
}

extension FieldShape {
  /// The extents along z, y and x; 1 along missing axes.
  fileprivate var gridExtents: [Int] { [Int](repeating: 1, count: 3 - dimensions) + extents }
}
