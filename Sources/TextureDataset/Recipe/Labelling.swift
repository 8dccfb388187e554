import Documents
import GaussianField

/// The assignment of samples to classes. A class is one choice of a candidate for each scale.
///
/// The class index is the mixed-radix number of the choices, scale 0 varying fastest. Candidates [[9.5, 10], [80, 140]]
/// give 0 "9.5-80", 1 "10-80", 2 "9.5-140", 3 "10-140": the names and order of Golkar and Cranmer (2018).
public struct Labelling: Equatable, Sendable {
  /// The names of each scale's candidates, made of the parameters that vary among them.
  public let candidateNames: [[String]]
  /// The number of classes: the product of the numbers of candidates.
  public let classCount: Int

  init(_ scales: [Scale]) {
    candidateNames = scales.map { Self.names(of: $0.candidates) }
    classCount = scales.reduce(1) { $0 * $1.candidates.count }
  }

  /// The class of a sample: its index modulo the number of classes, so that every prefix is balanced.
  public func classIndex(ofSample sample: Int) -> Int {
    precondition(sample >= 0, "a sample's index is not negative")
    return sample % classCount
  }

  /// The choices of a class, one for each scale: indices into that scale's candidates.
  public func choices(ofClass index: Int) -> [Int] {
    precondition((0..<classCount).contains(index), "the class is one of the recipe's")
    var rest = index
    return candidateNames.map { candidates in
      let (quotient, choice) = rest.quotientAndRemainder(dividingBy: candidates.count)
      rest = quotient
      return choice
    }
  }

  /// A class's name: the names of its candidates, in the order of the scales, such as "9.5-80".
  public func className(_ index: Int) -> String {
    zip(candidateNames, choices(ofClass: index)).map { names, choice in names[choice] }.joined(separator: "-")
  }

  /// The length scales in pixels if the candidates differ in nothing else, or if there is only one: "9.5". Otherwise
  /// everything that differs: "nu=0.5", "matern,l=10,nu=0.5".
  private static func names(of candidates: [CovarianceModel]) -> [String] {
    let isOneFamily = Set(candidates.map(\.name)).count == 1
    let names = Set(candidates.flatMap { $0.parameters.keys }).sorted()
    let varying = names.filter { name in Set(candidates.map { $0.parameters[name] }).count > 1 }
    if isOneFamily, varying.allSatisfy({ $0 == CovarianceFamily.lengthScaleName }) {
      return candidates.map { $0.parameters[CovarianceFamily.lengthScaleName]?.text ?? $0.name }
    }
    return candidates.map { candidate in
      let values = varying.compactMap { name in
        candidate.parameters[name].map {
          "\(name == CovarianceFamily.lengthScaleName ? "l" : name)=\($0.text)"
        }
      }
      return ((isOneFamily ? [] : [candidate.name]) + values).joined(separator: ",")
    }
  }
}

extension Recipe {
  /// The number of classes.
  public var classCount: Int { labelling.classCount }

  /// The class of a sample.
  public func classIndex(ofSample sample: Int) -> Int { labelling.classIndex(ofSample: sample) }

  /// The choices of a class, one for each scale.
  public func choices(ofClass index: Int) -> [Int] { labelling.choices(ofClass: index) }

  /// The choices of all classes, one for each scale; shape (class, scale).
  public var choicesOfClasses: [[Int]] { (0..<classCount).map { choices(ofClass: $0) } }

  /// The length scales of a class in pixels, one for each scale.
  public func lengthScales(ofClass index: Int) -> [Double] {
    zip(field.scales, choices(ofClass: index)).map { scale, choice in scale.candidates[choice].lengthScale ?? .nan }
  }

  /// A class's name.
  public func className(_ index: Int) -> String { labelling.className(index) }
}
