/// Classes and labels: a class is one choice of length scale for each scale.
///
/// Its index reads the choices as a mixed-radix number, scale 0 varying fastest. Candidates [[9.5, 10], [80, 140]]
/// give 0 "9.5-80", 1 "10-80", 2 "9.5-140", 3 "10-140": the names and order of Golkar and Cranmer (2018).
extension Recipe {
  /// Number of classes: the product of the numbers of candidates.
  public var classCount: Int { lengthScales.reduce(1) { $0 * $1.count } }

  /// The class of a sample: its index modulo the number of classes, so that every prefix is balanced.
  public func classIndex(ofSample sample: Int) -> Int {
    precondition(sample >= 0, "a sample's index is not negative")
    return sample % classCount
  }

  /// The choices that make a class, one for each scale: indices into that scale's candidates.
  public func choices(ofClass index: Int) -> [Int] {
    precondition((0..<classCount).contains(index), "the class is one of the recipe's")
    var rest = index
    return lengthScales.map { candidates in
      let (quotient, choice) = rest.quotientAndRemainder(dividingBy: candidates.count)
      rest = quotient
      return choice
    }
  }

  /// The length scales of a class in pixels, one for each scale.
  public func lengthScales(ofClass index: Int) -> [Double] {
    zip(lengthScales, choices(ofClass: index)).map { candidates, choice in candidates[choice] }
  }

  /// A class's name: its length scales in pixels, in the order of the scales, such as "9.5-80".
  public func className(_ index: Int) -> String {
    lengthScales(ofClass: index).map(\.shortest).joined(separator: "-")
  }
}
