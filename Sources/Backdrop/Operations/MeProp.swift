import Documents

/// meProp: the identity in the forward pass. In the backward pass, only the k elements of largest magnitude of each
/// sample's gradient pass. It follows a convolution or linear layer, whose bias gets the full gradient.
///
/// - Source: Sun, Ren, Ma and Wang, "meProp: Sparsified Back Propagation for Accelerated Deep Learning with Reduced
///   Overfitting" (2017).
struct MeProp: GradientOperation {
  /// The number of elements of a sample's gradient that pass, over all channels and positions.
  var k: Int

  static let name = "meprop"
  static let keys = [kKey]
  private static let kKey = LayerKey(name: "k", expectation: LayerKey.wholeNumber(in: kRange))
  private static let kRange = 1...Network.maximumActivation

  init(k: Int) { self.k = k }

  init(reading reader: LayerReader) throws(DocumentError) { k = try reader.integer(Self.kKey) }

  var values: [String?] { ["\(k)"] }

  func check() throws(BackdropError) { try Network.check(k, "k", in: Self.kRange) }

  func check(at index: Int, in layers: [Layer]) throws(BackdropError) {
    func hasParameters(_ layer: Layer) -> Bool { layer.operation is Convolution || layer.operation is Linear }
    guard index > 0, hasParameters(layers[index - 1]) else {
      let found = index > 0 ? "`\(layers[index - 1].name)`" : "nothing"
      throw BackdropError(
        .invalidNetwork, "found \(found) before it, expected a convolution or linear layer whose gradient to thin")
    }
    guard layers[(index + 1)...].contains(where: hasParameters) else {
      throw BackdropError(
        .invalidNetwork,
        "found no convolution or linear layer after it, expected one: the last layer's gradient cannot be thinned")
    }
  }

  /// All elements pass: which ones would otherwise depends on the masks of later layers.
  var withoutNoise: MeProp { MeProp(k: Self.kRange.upperBound) }

  var receptiveField: ReceptiveField? { nil }
  var gradientFilter: GradientFilter? { .largest(k) }
}

extension Layer {
  /// meProp: the identity in the forward pass. In the backward pass, only the k elements of largest magnitude of each
  /// sample's gradient pass; among equal ones, the first.
  ///
  /// It must follow a convolution or linear layer that is not the network's last. That layer's bias gets the full
  /// gradient.
  ///
  /// - Parameter k: the number of elements of a sample's gradient that pass, over all channels and positions; at least
  ///   1.
  /// - Source: Sun et al., "meProp: Sparsified Back Propagation for Accelerated Deep Learning with Reduced Overfitting"
  ///   (2017).
  public static func meProp(_ k: Int) -> Layer { Layer(MeProp(k: k)) }
}
