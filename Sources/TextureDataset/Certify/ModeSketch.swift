import Foundation
import GaussianField

/// Selects the whitened coefficients that represent a periodic texture when samples are compared.
///
/// Each sample has two vectors of numbers that are independent and standard normal under the recipe: the coefficients
/// of some modes, and the powers of the same modes, summed over all signs of their wave numbers, which are invariant
/// under rolls, mirroring and negation.
struct ModeSketch: Sendable {
  /// The lengths of a sample's vector of coefficients and of its vector of powers.
  let coefficientCount: Int
  let powerCount: Int
  /// For each line, the modes whose coefficients or powers are used.
  private let lines: [[Entry]]
  /// The number of modes in the sum of each power.
  private let orbitSizes: [Int]

  private struct Entry: Sendable {
    let index: Int
    /// The mode's position in the vector of powers.
    let orbit: Int
    /// Whether its coefficient is used too, as for one mode of each orbit.
    let isFirst: Bool
  }

  private static let maximumOrbits = 1024

  /// - Parameters:
  ///   - modes: the source; of the modes measured in all classes and outside the self-conjugate planes, half of the
  ///     orbits have the smallest wave numbers, and the others are spread over the rest.
  ///   - maximum: the maximum number of orbits.
  init(_ modes: MeasuredModes, maximum: Int) {
    let order = modes.order
    // Modes by the magnitudes of their wave numbers.
    struct Key: Hashable {
      let z, y, x: Int
    }
    var orbits: [Key: [(line: Int, index: Int)]] = [:]
    let extents = modes.spectra.model.shape.extents
    let (depth, height) = (extents.count == 3 ? extents[0] : 1, extents.count >= 2 ? extents[extents.count - 2] : 1)
    for line in 0..<modes.lineCount {
      for index in 0..<order.lineLength where modes.isCommon[line * order.lineLength + index] {
        guard !modes.isSelfConjugate(line: line, index: index) else { continue }
        let wave = order.wave(line: line, index: index)
        let key = Key(z: min(wave.z, depth - wave.z), y: min(wave.y, height - wave.y), x: wave.x)
        orbits[key, default: []].append((line, index))
      }
    }
    func waveNumber(_ orbit: [(line: Int, index: Int)]) -> Float {
      modes.groups.waveNumbers[orbit[0].line * order.lineLength + orbit[0].index]
    }
    let sorted = orbits.sorted {
      let (a, b) = (waveNumber($0.value), waveNumber($1.value))
      return a != b ? a < b : ($0.key.z, $0.key.y, $0.key.x) < ($1.key.z, $1.key.y, $1.key.x)
    }.map(\.value)
    let count = min(maximum, Self.maximumOrbits, sorted.count)
    let low = count == sorted.count ? count : count / 2
    let rest = sorted.count - low
    let chosen = (0..<count).map { place in
      place < low ? sorted[place] : sorted[low + (place - low) * rest / max(1, count - low)]
    }
    var lines = [[Entry]](repeating: [], count: modes.lineCount)
    for (orbit, members) in chosen.enumerated() {
      for (place, mode) in members.enumerated() {
        lines[mode.line].append(Entry(index: mode.index, orbit: orbit, isFirst: place == 0))
      }
    }
    self.lines = lines
    orbitSizes = chosen.map(\.count)
    (coefficientCount, powerCount) = (2 * count, count)
  }

  /// Adds a line's contribution to a sample's vectors.
  ///
  /// - Parameters:
  ///   - line: the line's index.
  ///   - z: the coefficients of the line's modes.
  ///   - weights: the factors that turn their squared magnitudes into whitened powers.
  ///   - coefficients: the sample's vector.
  ///   - powers: the sample's vector, to which whitened powers are added.
  func take(
    line: Int, _ z: UnsafePointer<Float>, weights: UnsafePointer<Float>, coefficients: UnsafeMutablePointer<Float>,
    powers: UnsafeMutablePointer<Float>
  ) {
    for entry in lines[line] {
      let (re, im, weight) = (z[2 * entry.index], z[2 * entry.index + 1], weights[entry.index])
      powers[entry.orbit] += (re * re + im * im) * weight
      if entry.isFirst {
        // The real and imaginary parts have a mean square of 1/2 each.
        let factor = (2 * weight).squareRoot()
        coefficients[2 * entry.orbit] = re * factor
        coefficients[2 * entry.orbit + 1] = im * factor
      }
    }
  }

  /// Turns a sample's sums of whitened powers, which are gamma variables, into normal ones.
  func normalize(_ powers: UnsafeMutablePointer<Float>) {
    for orbit in 0..<powerCount {
      let score = ChiSquared(degreesOfFreedom: Double(2 * orbitSizes[orbit])).normalScore(2 * Double(powers[orbit]))
      powers[orbit] = Float(score)
    }
  }
}
