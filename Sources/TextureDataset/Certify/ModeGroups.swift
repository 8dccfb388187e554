import Foundation
import GaussianField

/// Disjoint groups of modes whose power is tested: the mean, the other real modes, the lowest wave numbers, the
/// self-conjugate lines, and rings.
struct ModeGroups: Sendable {
  /// The names of the groups.
  let names: [String]
  /// The group of each mode, shape (line, index).
  let groups: [UInt16]
  /// The wave number of each mode: |k| in cycles per longest extent. Shape (line, index).
  let waveNumbers: [Float]

  /// The group of mode 0.
  static let mean = 0
  private static let real = 1
  private static let lowest = 2
  /// The wave number up to which modes form one group.
  private static let lowestEdge = 2.0

  init(_ shape: FieldShape, _ order: ModeOrder) {
    let extents = shape.extents
    let longest = Double(extents.max() ?? 1)
    let axes = Array(shape.axes)
    var names = ["variance of the textures' means", "other real modes", "0 < |k| <= \(Self.lowestEdge.shortest)"]
    // Lines k = 0 and k = n / 2 of each axis, if there are several axes.
    var lines: [(axis: Int, isZero: Bool, group: Int)] = []
    if extents.count > 1 {
      for axis in axes.indices.reversed() {
        let kind = extents.count == 2 ? "line" : "plane"
        lines.append((axis, true, names.count))
        names.append("\(kind) k\(axes[axis]) = 0")
        if extents[axis] % 2 == 0 {
          lines.append((axis, false, names.count))
          names.append("\(kind) k\(axes[axis]) = n/2")
        }
      }
    }
    let edges = Self.edges(from: Self.lowestEdge, to: longest / 2 * Double(extents.count).squareRoot())
    let firstRing = names.count
    for (low, high) in zip(edges, edges.dropFirst()) { names.append("ring \(low.shortest) < |k| <= \(high.shortest)") }
    self.names = names

    var groups = [UInt16](repeating: 0, count: order.lineCount * order.lineLength)
    var waveNumbers = [Float](repeating: 0, count: groups.count)
    for line in 0..<order.lineCount {
      for index in 0..<order.lineLength {
        let wave = order.wave(line: line, index: index)
        let numbers = [wave.z, wave.y, wave.x].suffix(extents.count)
        var (square, isReal) = (0.0, true)
        for (number, extent) in zip(numbers, extents) {
          let k = Double(min(number, extent - number)) * longest / Double(extent)
          square += k * k
          if number != 0, 2 * number != extent { isReal = false }
        }
        let k = square.squareRoot()
        let place = line * order.lineLength + index
        waveNumbers[place] = Float(k)
        let own = Array(numbers)
        let group: Int
        if isReal {
          group = k == 0 ? Self.mean : Self.real
        } else if k <= Self.lowestEdge {
          group = Self.lowest
        } else if let conjugate = lines.first(where: { own[$0.axis] == ($0.isZero ? 0 : extents[$0.axis] / 2) }) {
          group = conjugate.group
        } else {
          group = firstRing + max(0, (edges.firstIndex { k <= $0 } ?? edges.count - 1) - 1)
        }
        groups[place] = UInt16(group)
      }
    }
    self.groups = groups
    self.waveNumbers = waveNumbers
  }

  /// The edges of rings, growing by a quarter each, but by at least 2.
  private static func edges(from first: Double, to last: Double) -> [Double] {
    var edges = [first]
    while let edge = edges.last, edge < last { edges.append(max(edge + 2, (edge * 1.25).rounded())) }
    return edges
  }
}
