import Documents

/// meProp: the identity forward; of each sample's gradient only the k elements of largest magnitude pass. It stands behind a
/// convolution or linear layer, whose bias gets the whole gradient.
///
/// - Source: Sun, Ren, Ma and Wang, "meProp: Sparsified Back Propagation for Accelerated Deep Learning with Reduced
///   Overfitting" (2017).
struct MeProp: GradientOperation {
  /// How many elements of a sample's gradient pass, over all channels and places.
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
        .invalidNetwork, "found \(found) before it, expected a convolution or linear layer, whose gradient it thins")
    }
    guard layers[(index + 1)...].contains(where: hasParameters) else {
      throw BackdropError(
        .invalidNetwork,
        "found no convolution or linear layer after it, expected one: the gradient of the last one is not thinned")
    }
  }

  /// The dense gradient: which elements pass depends on the masks of the layers above.
  var withoutNoise: MeProp { MeProp(k: Self.kRange.upperBound) }

  var receptiveField: ReceptiveField? { nil }
  var gradientFilter: GradientFilter? { .largest(k) }
}

extension Layer {
  /// meProp: the identity forward; of each sample's gradient the k elements of largest magnitude pass, of equal ones the first.
  ///
  /// It stands behind a convolution or linear layer that is not the network's last. That layer's bias gets the whole
  /// gradient.
  ///
  /// - Parameter k: elements of one sample's gradient, over all channels and places; at least 1.
  /// - Source: Sun et al., "meProp: Sparsified Back Propagation for Accelerated Deep Learning with Reduced Overfitting" (2017).
  public static func meProp(_ k: Int) -> Layer { Layer(MeProp(k: k)) }
}
