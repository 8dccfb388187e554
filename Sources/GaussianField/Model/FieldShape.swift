/// The extents of a texture along its axes.
public enum FieldShape: Hashable, Sendable {
  /// `length` points along x.
  case series(length: Int)
  /// Rows along y, each of `width` pixels along x.
  case image(height: Int, width: Int)
  /// Planes along z, each of `height` rows of `width` pixels.
  case volume(depth: Int, height: Int, width: Int)

  /// A square image.
  public static func square(side: Int) -> FieldShape { .image(height: side, width: side) }

  /// - Parameter extents: in the order of the axes: x alone; y, x; or z, y, x.
  /// - Returns: nil unless there are 1 to 3 extents.
  public init?(extents: [Int]) {
    switch extents.count {
    case 1: self = .series(length: extents[0])
    case 2: self = .image(height: extents[0], width: extents[1])
    case 3: self = .volume(depth: extents[0], height: extents[1], width: extents[2])
    default: return nil
    }
  }

  /// The extents in pixels, in the order of the axes, x last.
  public var extents: [Int] {
    switch self {
    case .series(let length): [length]
    case .image(let height, let width): [height, width]
    case .volume(let depth, let height, let width): [depth, height, width]
    }
  }

  /// The names of the axes, x last.
  public var axes: [String] { ["z", "y", "x"].suffix(dimensions) }

  /// The number of axes.
  public var dimensions: Int { extents.count }

  /// The name of a texture of this shape, and of the HDF5 dataset that stores it: series, image or volume.
  public var name: String {
    switch self {
    case .series: "series"
    case .image: "image"
    case .volume: "volume"
    }
  }

  /// The number of pixels.
  public var pixels: Int { extents.reduce(1, *) }

  /// The number of pixels in a row, along x.
  public var rowLength: Int { extents[dimensions - 1] }

  /// The number of rows in all planes.
  public var rowCount: Int { extents.dropLast().reduce(1, *) }

  /// The side of a square image; nil for other shapes.
  public var side: Int? {
    switch self {
    case .image(let height, let width): height == width ? width : nil
    case .series, .volume: nil
    }
  }
}

extension FieldShape: CustomStringConvertible {
  /// The extents, such as "512 x 1024".
  public var description: String { Self.text(extents) }

  /// The extents of a texture or another grid, such as "512 x 1024".
  package static func text(_ extents: [Int]) -> String { extents.map { "\($0)" }.joined(separator: " x ") }
}

/// What happens at the edges of a texture.
public enum Boundary: String, CaseIterable, Hashable, Sendable {
  /// Opposite edges are neighbours: the field lives on a torus.
  case periodic
  /// The texture is a window of an infinite field.
  case open
}
