import Documents

/// Backdrop: the identity in the forward pass; blocks random parts of the gradient in the backward pass.
///
/// - Source: Golkar and Cranmer, "Backdrop: stochastic backpropagation" (2018).
struct GradientMask: GradientOperation {
  var rule: MaskRule

  static let name = "backdrop"
  static let keys = [.probability, axesKey, fixedElementKey]
  private static let axesKey = LayerKey(
    name: "axes",
    expectation: "a list of one or more of \(Axis.allCases.map(\.rawValue).joined(separator: ", ")), each once")
  private static let fixedElementKey = LayerKey(
    name: "fixed_element", expectation: "a list of whole numbers, one for each masked axis other than sample")

  init(_ rule: MaskRule) { self.rule = rule }

  init(reading reader: LayerReader) throws(DocumentError) {
    rule = MaskRule(probability: try reader.number(.probability))
    if let axes: [Axis] = try reader.distinctWords(Self.axesKey) { rule.axes = Set(axes) }
    rule.fixedElement = try reader.integers(Self.fixedElementKey)
  }

  var values: [String?] {
    [
      rule.probability.shortest,
      "[\(Axis.allCases.filter(rule.axes.contains).map(\.rawValue).joined(separator: ", "))]",
      rule.fixedElement.map { "[\($0.map(String.init).joined(separator: ", "))]" },
    ]
  }

  func check() throws(BackdropError) { try rule.check() }

  func outputShape(of input: Shape, isFlat: inout Bool) throws(Misfit) -> Shape {
    do {
      try rule.check(shape: input)
    } catch {
      throw .invalid(error.message)
    }
    return input
  }

  /// Whether only samples or channels are masked, so that all positions of a map are treated alike.
  private var keepsMapsWhole: Bool { rule.axes.isDisjoint(with: [.y, .x]) }

  var receptiveField: ReceptiveField? { keepsMapsWhole ? .point : nil }

  var gradientFilter: GradientFilter? { keepsMapsWhole ? nil : .drawn }

  func maskedElements(_ shape: Shape) -> Int {
    [.channel, .y, .x].reduce(1) { $0 * (rule.axes.contains($1) ? shape.extent(along: $1) : 1) }
  }

  func mask(samples: Range<Int>, of batch: Int, shape: Shape, seed: UInt64, step: Int, layer: Int) -> Mask? {
    rule.draw(samples: samples, of: batch, shape: shape, seed: seed, step: step, layer: layer)
  }

  var withoutNoise: GradientMask { GradientMask(MaskRule(axes: rule.axes, probability: 0)) }
}

extension Layer {
  /// Backdrop: the identity in the forward pass; blocks random parts of the gradient in the backward pass.
  ///
  /// - Parameters:
  ///   - probability: the probability that an element is blocked, from 0 to 1.
  ///   - axes: the masked axes; the mask is constant along the others. If they are `sample` and others, every sample
  ///     has its own mask.
  ///   - fixedElement: for diagnosis, the only element that is not blocked; see ``MaskRule/fixedElement``.
  public static func backdrop(
    _ probability: Double, axes: Set<Axis> = [.sample, .y, .x], fixedElement: [Int]? = nil
  ) -> Layer {
    Layer(GradientMask(MaskRule(axes: axes, probability: probability, fixedElement: fixedElement)))
  }

  /// The layer's mask rule; nil if it is not a Backdrop layer.
  public var maskRule: MaskRule? { (operation as? GradientMask)?.rule }
}
