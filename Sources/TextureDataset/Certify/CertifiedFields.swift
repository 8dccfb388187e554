import Foundation
import GaussianField

/// What a certificate is about: textures, and the recipe that they should follow.
struct CertifiedFields: Sendable {
  let textures: Textures
  let recipe: Recipe
  /// Whether gpgen made them, which leaves out modes beyond the band limit.
  let isBandLimited: Bool

  var model: FieldModel { recipe.field }

  /// How exactly pixels are stored.
  var precision: PixelPrecision { textures.element == .float16 ? .half : .single }

  /// The choices of each class.
  var classes: [[Int]] { (0..<recipe.classCount).map { recipe.choices(ofClass: $0) } }

  /// The number of samples of a class.
  func count(ofClass index: Int) -> Int {
    func before(_ end: Int) -> Int { (end - index + recipe.classCount - 1) / recipe.classCount }
    return before(textures.samples.upperBound) - before(textures.samples.lowerBound)
  }

  /// A sample of a class, by its place among those.
  func sample(_ place: Int, ofClass index: Int) -> Int {
    let classes = recipe.classCount
    let first = textures.samples.lowerBound
    return first + (index - first % classes + classes) % classes + place * classes
  }

  /// Why the fields cannot be tested; nil where they can.
  var problem: String? {
    if model.standardize {
      return "standardized textures have no distribution that can be computed"
    }
    if case .threshold = model.transform {
      return "thresholded textures have no distribution that can be computed"
    }
    if model.scales.contains(where: { $0.candidates.contains { !$0.ranges.isEmpty } }) {
      return "covariances whose parameters are ranges are not tested: every sample has a spectrum of its own"
    }
    return nil
  }

  /// Replaces log-normal pixels by their logarithms.
  func undoTransform(_ pixels: UnsafeMutablePointer<Float>, count: Int) {
    guard model.transform == .lognormal else { return }
    for k in 0..<count { pixels[k] = log(pixels[k]) }
  }

  /// Work for one thread: some samples of a class.
  struct Portion: Sendable {
    let classIndex: Int
    let places: Range<Int>
  }

  /// All samples in portions, class by class.
  func portions(threads: Int) -> [Portion] {
    var portions: [Portion] = []
    let perThread = (textures.samples.count + 4 * threads - 1) / (4 * threads)
    for index in 0..<recipe.classCount {
      let count = count(ofClass: index)
      let size = max(1, min(64, perThread, count))
      for first in stride(from: 0, to: count, by: size) {
        portions.append(Portion(classIndex: index, places: first..<min(first + size, count)))
      }
    }
    return portions
  }
}
