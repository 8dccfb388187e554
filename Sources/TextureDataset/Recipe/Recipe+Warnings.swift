import Foundation
import GaussianField

extension Recipe {
  /// What is allowed and yet may not be meant, a sentence or two each; empty for most recipes.
  public var warnings: [String] {
    var warnings = lengthScales.enumerated().flatMap { scale, candidates in
      [noiseWarning(scale: scale, candidates: candidates), overlapWarning(scale: scale, candidates: candidates)]
        .compactMap { $0 }
    }
    if classCount == 1 {
      warnings.append(
        "The dataset has one class: every label is 0. Give a scale two length scales or more for classes.")
    } else if samples < classCount {
      let empty =
        samples == classCount - 1 ? "class \(samples) is empty" : "classes \(samples) to \(classCount - 1) are empty"
      warnings.append("There are fewer samples (\(samples)) than classes (\(classCount)): \(empty).")
    }
    return warnings
  }

  /// The candidates that the grid shows as little more than noise: those under 2 pixels.
  private func noiseWarning(scale: Int, candidates: [Double]) -> String? {
    let short = candidates.filter { $0 < 2 }
    guard let maximum = short.max(), let covariance = try? SquaredExponential(lengthScale: maximum) else { return nil }
    let values =
      short.count > 2
      ? "\(short.count) length scales up to \(maximum.shortest) px are"
      : short.count == 2
        ? "length scales of \(short[0].shortest) and \(short[1].shortest) px are"
        : "a length scale of \(maximum.shortest) px is"
    return
      "Scale \(scale): \(values) under 2 px, too short for"
      + " the pixels to resolve: the correlation of neighbouring pixels is at most"
      + " \(Self.threeDigits(covariance.value(atDistance: 1))). Use longer length scales, or a larger --size with the"
      + " default ones."
  }

  /// What periodising does to the candidates over a quarter of the side.
  private func overlapWarning(scale: Int, candidates: [Double]) -> String? {
    let limit = Double(side) / 4
    guard let maximum = candidates.max(), maximum > limit else { return nil }
    guard let covariance = try? SquaredExponential(lengthScale: maximum) else { return nil }
    let axis =
      covariance.torusValue(atDistance: limit * 2, side: side) / covariance.torusValue(atDistance: 0, side: side)
    return "Scale \(scale): a length scale of \(maximum.shortest) px is over \(limit.shortest) px,"
      + " a quarter of the side. Neighbouring periods of the texture overlap, so that its correlation never falls"
      + " below \(Self.threeDigits(min(axis * axis, 0.999)))"
      + (standardize
        ? "."
        : ", and its variance, before weighting, exceeds 1 by \(Self.threeDigits(covariance.torusVariance(side: side) - 1)).")
      + " Use shorter length scales, or a larger --size."
  }

  private static func threeDigits(_ value: Double) -> String {
    String(format: "%.3g", value)
  }
}
