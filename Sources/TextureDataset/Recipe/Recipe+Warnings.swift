import Documents
import Foundation
import GaussianField

extension Recipe {
  /// Warnings about valid values that may be mistakes, one or two sentences each; empty for most recipes.
  public var warnings: [String] {
    var warnings = field.scales.enumerated().flatMap { index, scale in
      let candidates = Self.inOrder(scale.candidates)
      let ofPeriods =
        field.boundary == .periodic
        ? [overlapWarning(scale: index, candidates), tableWarning(scale: index, scale.candidates)] : []
      return ([noiseWarning(scale: index, candidates)] + ofPeriods).compactMap { $0 }
    }
    if classCount == 1, !field.hasRanges {
      warnings.append(
        "The dataset has one class: every label is 0. Give a scale two length scales or more for classes.")
    } else if samples < classCount {
      let empty =
        samples == classCount - 1 ? "class \(samples) is empty" : "classes \(samples) to \(classCount - 1) are empty"
      warnings.append("There are fewer samples (\(samples)) than classes (\(classCount)): \(empty).")
    }
    return warnings
  }

  /// The candidates that have a length scale, sorted by it; ranges count with both ends.
  private static func inOrder(_ candidates: [CovarianceModel]) -> [CovarianceModel] {
    var known: Set<Double> = []
    return candidates.flatMap(\.corners)
      .filter { candidate in candidate.lengthScale.map { known.insert($0).inserted } ?? false }
      .sorted { ($0.lengthScale ?? 0) < ($1.lengthScale ?? 0) }
  }

  /// Warns about length scales under 2 pixels, which look like noise on the grid.
  private func noiseWarning(scale: Int, _ candidates: [CovarianceModel]) -> String? {
    let short = candidates.filter { ($0.lengthScale ?? 2) < 2 }
    guard let longest = short.last, let lengthScale = longest.lengthScale else { return nil }
    let length = lengthScale.shortest
    let values =
      short.count > 2
      ? "\(short.count) length scales up to \(length) px are"
      : short.count == 2
        ? "length scales of \(short[0].lengthScale?.shortest ?? "") and \(length) px are"
        : "a length scale of \(length) px is"
    return
      "Scale \(scale): \(values) under 2 px, too short for"
      + " the grid to resolve: the correlation of neighbouring pixels is at most"
      + " \(Self.threeDigits(longest.value(atLag: field.shape.extents.indices.map { $0 == 0 ? 1 : 0 }))). Use longer length scales, or a larger --size with the"
      + " default ones."
  }

  /// Warns about length scales of periodic textures over a quarter of the side, for which periodising changes the covariance.
  private func overlapWarning(scale: Int, _ candidates: [CovarianceModel]) -> String? {
    let limit = Double(field.shape.extents.min() ?? 0) / 4
    guard let longest = candidates.last, let lengthScale = longest.lengthScale, lengthScale > limit else { return nil }
    let grid = Grid(periodic: field.shape)
    let variance = longest.variance(on: grid)
    let correlation =
      ((try? longest.spectrum(on: grid))?.covariance(atLag: field.shape.extents.map { $0 / 2 }, on: grid) ?? 0)
      / variance
    return "Scale \(scale): a length scale of \(lengthScale.shortest) px is over \(limit.shortest) px,"
      + " a quarter of the \(field.shape.side == nil ? "shortest extent" : "side"). Neighbouring periods of the texture overlap, so its correlation never falls"
      + " below \(Self.threeDigits(min(correlation, 0.999)))"
      + (standardize || variance - 1 < 1e-12
        ? "." : ", and its variance, before weighting, exceeds 1 by \(Self.threeDigits(variance - 1)).")
      + " Use shorter length scales, or a larger --size."
  }

  /// Warns about a periodic texture's anisotropic table that starts above the wave numbers that anisotropy makes of the lowest modes.
  private func tableWarning(scale: Int, _ candidates: [CovarianceModel]) -> String? {
    let grid = Grid(periodic: field.shape)
    let counts = candidates.filter { !$0.isIsotropic }.flatMap(\.corners).compactMap { candidate in
      candidate.table.map { table in
        (count: (try? candidate.modesBelowTable(on: grid)) ?? 0, start: table.waveNumbers.lowerBound)
      }
    }
    guard let worst = counts.max(by: { $0.count < $1.count }), worst.count > 0 else { return nil }
    let lowest = 2 * .pi / Double(grid.extents.max() ?? 1)
    return "Scale \(scale): a table starts at k = \(worst.start.shortest), and \(worst.count) of \(grid.modes)"
      + " modes lie below it, since anisotropy multiplies wave numbers across the major axis by the ratio. Their variance is 0."
      + " Extend the table down to the ratio times \(Self.threeDigits(lowest)), or give it rows of P = 0 there."
  }

  private static func threeDigits(_ value: Double) -> String {
    String(format: "%.3g", value)
  }
}
