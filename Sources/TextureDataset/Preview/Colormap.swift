/// The colours a preview shows its values in.
///
/// - Source: inferno and viridis are Stéfan van der Walt's and Nathaniel Smith's, from matplotlib (CC0).
public enum Colormap: String, CaseIterable, Sendable {
  /// Black, purple, orange, pale yellow.
  case inferno
  /// Purple, blue, green, yellow.
  case viridis
  /// Black to white.
  case gray

  struct RGB: Equatable, Sendable {
    let red: UInt8
    let green: UInt8
    let blue: UInt8
  }

  /// The map in `levels` equal steps, both ends included, by linear interpolation between the anchors; every channel
  /// of 256 levels is within 2 of matplotlib's own table.
  func table(levels: Int) -> [RGB] {
    precondition(levels >= 2, "a colormap has at least its two ends")
    let anchors = anchors
    return (0..<levels).map { level in
      // Whole numbers, so that the same colours come out everywhere.
      let (anchor, part) = (level * (anchors.count - 1)).quotientAndRemainder(dividingBy: levels - 1)
      let next = min(anchor + 1, anchors.count - 1)
      func channel(_ shift: Int) -> UInt8 {
        let from = (anchors[anchor] >> shift) & 0xff
        let to = (anchors[next] >> shift) & 0xff
        return UInt8((2 * (from * (levels - 1 - part) + to * part) + levels - 1) / (2 * (levels - 1)))
      }
      return RGB(red: channel(16), green: channel(8), blue: channel(0))
    }
  }

  /// Equally spaced colours, 0xRRGGBB.
  private var anchors: [Int] {
    switch self {
    case .inferno:
      [
        0x000004, 0x040312, 0x0b0724, 0x150b37, 0x210c4a, 0x2e0a5a, 0x3c0965, 0x4a0c6b, 0x57106d,
        0x63146e, 0x70196e, 0x7d1e6d, 0x89226a, 0x962766, 0xa32b61, 0xaf315c, 0xbb3755, 0xc63e4d,
        0xd14644, 0xdb4f3b, 0xe35932, 0xeb6528, 0xf1711e, 0xf67f14, 0xf98d0a, 0xfb9c06, 0xfcab0f,
        0xfbba1f, 0xf9ca32, 0xf5d949, 0xf2e865, 0xf3f586, 0xfcffa4,
      ]
    case .viridis:
      [
        0x440154, 0x470d60, 0x48186a, 0x482374, 0x472d7b, 0x453681, 0x424086, 0x3f4989, 0x3b528b,
        0x375a8d, 0x33638d, 0x2f6a8e, 0x2c728e, 0x297a8e, 0x26818e, 0x23898e, 0x21908c, 0x1f988b,
        0x1f9f88, 0x21a685, 0x28ae80, 0x31b57b, 0x3ebc74, 0x4cc26c, 0x5dc963, 0x6ece58, 0x82d34c,
        0x96d83f, 0xabdc32, 0xc0df24, 0xd5e21a, 0xeae51a, 0xfde725,
      ]
    case .gray:
      [0x000000, 0xffffff]
    }
  }
}
