import GaussianField

/// Random changes to a texture that keep its statistics, the same in every run for one seed, epoch and sample.
public struct Augmentation: Codable, Equatable, Sendable {
  /// A window of so many pixels on a side; none for the whole texture.
  public var crop: Int?
  /// Mirror left and right, and up and down, each half of the time.
  public var flip: Bool
  /// Turn by 0, 90, 180 or 270 degrees.
  public var turn: Bool
  /// Begin the texture at a random pixel: for periodic textures, whose edges continue on the opposite side, this is
  /// another draw of the same field.
  public var roll: Bool

  /// No changes, unless said otherwise.
  public init(crop: Int? = nil, flip: Bool = false, turn: Bool = false, roll: Bool = false) {
    self.crop = crop
    self.flip = flip
    self.turn = turn
    self.roll = roll
  }

  /// Whether textures come out as they are.
  var isIdentity: Bool { crop == nil && !flip && !turn && !roll }

  /// Copies a texture, changed.
  ///
  /// - Parameters:
  ///   - texture: shape (n, n).
  ///   - side: n.
  ///   - output: shape (c, c), c the crop or n.
  func apply(
    to texture: UnsafePointer<Float>, side: Int, seed: UInt64, epoch: Int, sample: Int,
    into output: UnsafeMutablePointer<Float>
  ) {
    let first = words(0, seed, epoch, sample)
    let second = words(1, seed, epoch, sample)
    let size = crop ?? side
    // Where output pixel (0, 0) comes from, and the steps there for one more in x and in y.
    var y = roll ? below(side, first.x) : 0
    var x = roll ? below(side, first.y) : 0
    if size < side {
      y += below(side - size + 1, first.z)
      x += below(side - size + 1, first.w)
    }
    var (dyx, dxx, dyy, dxy) = (0, 1, 1, 0)
    if flip, second.x & 1 == 1 {
      x += size - 1
      dxx = -1
    }
    if flip, second.x & 2 == 2 {
      y += size - 1
      dyy = -1
    }
    if turn {
      for _ in 0..<second.y & 3 {
        // A quarter turn: what was the first column from below is the first row.
        y += (size - 1) * dyy
        x += (size - 1) * dxy
        (dyx, dxx, dyy, dxy) = (-dyy, -dxy, dyx, dxx)
      }
    }
    func wrap(_ value: Int) -> Int {
      let rest = value % side
      return rest < 0 ? rest + side : rest
    }
    for row in 0..<size {
      var (sy, sx) = (wrap(y + row * dyy), wrap(x + row * dxy))
      let target = output + row * size
      if dxx == 1 {
        // The common case, in at most two pieces.
        let ahead = min(size, side - sx)
        target.update(from: texture + sy * side + sx, count: ahead)
        (target + ahead).update(from: texture + sy * side, count: size - ahead)
        continue
      }
      for column in 0..<size {
        target[column] = texture[sy * side + sx]
        sy += dyx
        sx += dxx
        if sy < 0 { sy += side } else if sy >= side { sy -= side }
        if sx < 0 { sx += side } else if sx >= side { sx -= side }
      }
    }
  }

  private func words(_ block: UInt32, _ seed: UInt64, _ epoch: Int, _ sample: Int) -> SIMD4<UInt32> {
    Philox4x32.block(
      counter: SIMD4(
        block, UInt32(truncatingIfNeeded: epoch), NoisePurpose.augmentation.rawValue << 24, UInt32(sample)), key: seed)
  }

  /// A number under `bound`, from a random word.
  private func below(_ bound: Int, _ word: UInt32) -> Int { Int((UInt64(word) * UInt64(bound)) >> 32) }
}
