import Foundation
import GaussianField

/// The subject of a certificate: textures, and the recipe that they should follow.
struct CertifiedFields: Sendable {
  let textures: Textures
  let recipe: Recipe
  /// Whether gpgen made the textures, which omits modes beyond the band limit.
  let isBandLimited: Bool

  var model: FieldModel { recipe.field }

  /// The precision of the stored pixels.
  var precision: PixelPrecision { textures.element == .float16 ? .half : .single }

  /// The choices of each class.
  var classes: [[Int]] { recipe.choicesOfClasses }

  /// The number of samples of a class.
  func count(ofClass index: Int) -> Int {
    func before(_ end: Int) -> Int { (end - index + recipe.classCount - 1) / recipe.classCount }
    return before(textures.samples.upperBound) - before(textures.samples.lowerBound)
  }

  /// A sample of a class, by its position among the class's samples.
  func sample(_ place: Int, ofClass index: Int) -> Int {
    let classes = recipe.classCount
    let first = textures.samples.lowerBound
    return first + (index - first % classes + classes) % classes + place * classes
  }

  /// Why the fields cannot be tested; nil if they can.
  var problem: String? {
    if model.standardize {
      return "the distribution of standardized textures cannot be computed"
    }
    if case .threshold = model.transform {
      return "the distribution of thresholded textures cannot be computed"
    }
    if model.hasRanges, !isBandLimited {
      return "the recipe has parameters that are ranges, and the values of each sample are unknown; give a recipe"
        + " without ranges"
    }
    if model.hasRanges, model.boundary == .open {
      return "open textures whose parameters are ranges cannot be tested: every sample has its own covariance matrix"
    }
    return nil
  }

  /// Replaces log-normal pixels by their logarithms.
  func undoTransform(_ pixels: UnsafeMutablePointer<Float>, count: Int) {
    guard model.transform == .lognormal else { return }
    for k in 0..<count { pixels[k] = log(pixels[k]) }
  }

  /// The model of one sample, in which no parameter is a range: one candidate for each scale.
  ///
  /// - Throws: ``FieldError`` if it cannot be drawn.
  func model(ofSample sample: Int) throws(FieldError) -> FieldModel {
    try model.replacingCandidates(recipe.covariances(ofSample: sample).map { [$0] })
  }

  /// A unit of work for one thread: some samples of a class.
  struct Portion: Sendable {
    let classIndex: Int
    let places: Range<Int>
  }

  /// All samples in portions, class by class; one sample each if every sample has its own parameters.
  func portions(threads: Int) -> [Portion] {
    var portions: [Portion] = []
    let perThread = (textures.samples.count + 4 * threads - 1) / (4 * threads)
    for index in 0..<recipe.classCount {
      let count = count(ofClass: index)
      let size = model.hasRanges ? 1 : max(1, min(64, perThread, count))
      for first in stride(from: 0, to: count, by: size) {
        portions.append(Portion(classIndex: index, places: first..<min(first + size, count)))
      }
    }
    return portions
  }
}

extension FieldModel {
  /// The model with other candidates, a list for each scale.
  ///
  /// - Throws: ``FieldError`` if it cannot be drawn.
  fileprivate func replacingCandidates(_ candidates: [[CovarianceModel]]) throws(FieldError) -> FieldModel {
    try with(scales: zip(scales, candidates).map { Scale(weight: $0.weight, candidates: $1) }, noise: noise)
  }

  /// A model without ranges whose classes together cover about all modes that samples of this model can have: the ends
  /// and the middle of the ranges.
  ///
  /// - Parameter classes: the choices of this model's classes.
  /// - Returns: the model, and the choices of its classes.
  func representatives(of classes: [[Int]]) throws(FieldError) -> (model: FieldModel, classes: [[Int]]) {
    // For each candidate, the range of its representatives.
    var (lists, starts): ([[CovarianceModel]], [[Range<Int>]]) = ([], [])
    for scale in scales {
      var (list, ranges): ([CovarianceModel], [Range<Int>]) = ([], [])
      for candidate in scale.candidates {
        let own = candidate.ranges.isEmpty ? [candidate] : candidate.corners + [candidate.middle]
        ranges.append(list.count..<list.count + own.count)
        list += own
      }
      lists.append(list)
      starts.append(ranges)
    }
    var chosen: [[Int]] = []
    for choices in classes {
      let ranges = zip(starts, choices).map { $0[$1] }
      // Combine each representative of each scale with the first ends and with the middles of the others.
      for step in 0..<(ranges.map(\.count).max() ?? 1) {
        chosen.append(ranges.map { $0.lowerBound + min(step, $0.count - 1) })
        chosen.append(ranges.map { $0.upperBound - 1 - min(step, $0.count - 1) })
      }
    }
    return (try replacingCandidates(lists), chosen)
  }
}
