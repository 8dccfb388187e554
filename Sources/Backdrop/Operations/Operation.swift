import Documents

/// A kind of layer: its spelling in a network file, its effect on shapes, and its kernel.
///
/// To add a kind, write a conforming type, add it to ``OperationTable/all``, and describe it in
/// `schemas/network.schema.json`. Most requirements have a default below.
///
/// Legend: B samples, C channels, H height, W width.
protocol Operation: Equatable, Sendable {
  /// The name in a network file, such as `max_pool`.
  static var name: String { get }
  /// The keys in a network file, in the order in which they are written.
  static var keys: [LayerKey] { get }
  /// Reads the values of the keys; ``check()`` checks their ranges.
  init(reading reader: LayerReader) throws(DocumentError)
  /// The values of ``keys``, in the same order, as a network file spells them; nil for an omitted key.
  var values: [String?] { get }

  /// Checks the operation, as far as possible without the input's shape.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`.
  func check() throws(BackdropError)
  /// Checks the operation's position among the layers of a network, all of which have passed ``check()``.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`.
  func check(at index: Int, in layers: [Layer]) throws(BackdropError)
  /// The shape of one sample's output.
  ///
  /// - Parameter isFlat: whether a flatten or linear layer precedes; set to true if this is one.
  func outputShape(of input: Shape, isFlat: inout Bool) throws(Misfit) -> Shape
  /// The weight's shape in PyTorch: outputs, inputs, and the height and width of a kernel, if any. Nil without
  /// parameters. A layer with a weight also has a bias, with one element for each output.
  func weightShape(input: Shape) -> [Int]?
  /// The factor by which the variance of the preceding layer's weights must grow to preserve the scale of activations:
  /// 2 for a ReLU, which passes half of the mean square, and 1 for the identity.
  var varianceGain: Double { get }

  /// Whether the layer acts only on gradients.
  var isIdentityForward: Bool { get }
  /// The window of the input that one output depends on; nil if that is not a window.
  var receptiveField: ReceptiveField? { get }
  /// The value of the input's padding.
  var paddingValue: Float { get }
  /// Whether the backward pass needs state of the forward pass besides its input and output.
  var keepsState: Bool { get }
  /// Multiply-adds of one sample's forward pass.
  ///
  /// - Parameter outputs: the number of outputs computed in each channel, possibly only a part of the map.
  func multiplyAdds(input: Shape, output: Shape, outputs: Int) -> Double
  /// The order of the output's elements in memory.
  ///
  /// - Parameters:
  ///   - input: the order of the input's elements.
  ///   - convolutions: the order that convolutions prefer.
  func outputLayout(from input: TensorLayout, convolutions: TensorLayout) -> TensorLayout

  /// How the layer thins the gradient, if the backward pass can skip the blocked part; nil for most kinds.
  var gradientFilter: GradientFilter? { get }
  /// The multipliers of the gradient in one training step, and with dropout of the activations; nil for most kinds.
  ///
  /// - Parameters:
  ///   - samples: the positions, in the batch, of the samples to draw multipliers for.
  ///   - batch: the number of samples in the whole batch.
  ///   - shape: the shape of one sample's activation.
  ///   - step: the training step, from 0.
  ///   - layer: the layer's index in the network.
  func mask(samples: Range<Int>, of batch: Int, shape: Shape, seed: UInt64, step: Int, layer: Int) -> Mask?
  /// The number of multipliers that ``mask(samples:of:shape:seed:step:layer:)`` draws for one sample; 0 for most kinds.
  ///
  /// - Parameter shape: the shape of one sample's activation.
  func maskedElements(_ shape: Shape) -> Int
  /// The same operation without random masks and dropout.
  var withoutNoise: Self { get }

  /// This operation fused with the next; nil if they must run separately.
  func fused(with next: any Operation) -> (any Operation)?
  /// Whether a ReLU is fused into it: see ``fused(with:)``.
  var fusesReLU: Bool { get }
  /// Whether the output equals the input, so that nothing has to run.
  func isIdentity(on input: Shape) -> Bool
  /// Creates the kernel for fixed shapes.
  ///
  /// - Parameters:
  ///   - padding: the padding above and to the left of the input; 0 for windows that contain their padding.
  ///   - keeps: whether a backward pass will follow.
  ///   - bound: this operation at its position in the network.
  func makeKernel(
    input: TensorShape, output: TensorShape, padding: Int, keeps: Bool, _ bound: BoundOperation,
    _ store: ParameterStore, _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel
}

extension Operation {
  func check() throws(BackdropError) {}
  func check(at index: Int, in layers: [Layer]) throws(BackdropError) {}
  func outputShape(of input: Shape, isFlat: inout Bool) throws(Misfit) -> Shape { input }
  func weightShape(input: Shape) -> [Int]? { nil }
  var varianceGain: Double { 1 }
  var isIdentityForward: Bool { false }
  var receptiveField: ReceptiveField? { .point }
  var paddingValue: Float { 0 }
  var keepsState: Bool { false }
  func multiplyAdds(input: Shape, output: Shape, outputs: Int) -> Double { 0 }
  func outputLayout(from input: TensorLayout, convolutions: TensorLayout) -> TensorLayout { input }
  var gradientFilter: GradientFilter? { nil }
  func mask(samples: Range<Int>, of batch: Int, shape: Shape, seed: UInt64, step: Int, layer: Int) -> Mask? { nil }
  func maskedElements(_ shape: Shape) -> Int { 0 }
  var withoutNoise: Self { self }
  func fused(with next: any Operation) -> (any Operation)? { nil }
  var fusesReLU: Bool { false }
  func isIdentity(on input: Shape) -> Bool { false }

  /// Whether both operations are of the same kind, with the same values.
  func isEqual(to other: any Operation) -> Bool { other as? Self == self }
}

/// An operation without keys.
protocol PlainOperation: Operation {
  init()
}

extension PlainOperation {
  static var keys: [LayerKey] { [] }
  init(reading reader: LayerReader) { self.init() }
  var values: [String?] { [] }
}

/// A layer that acts only on gradients: the identity in the forward pass, a multiplication by its mask in the backward
/// pass.
protocol GradientOperation: Operation {}

extension GradientOperation {
  var isIdentityForward: Bool { true }

  func makeKernel(
    input: TensorShape, output: TensorShape, padding: Int, keeps: Bool, _ bound: BoundOperation,
    _ store: ParameterStore, _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel {
    MaskKernel(layer: bound.layer, masksActivations: false)
  }
}

/// How a layer thins a gradient.
enum GradientFilter: Equatable, Sendable {
  /// It multiplies by ``Operation/mask(samples:of:shape:seed:step:layer:)``, which is known before the step.
  case drawn
  /// It keeps a number of elements of each sample, those of largest magnitude, which the backward pass finds. The
  /// gradient of the preceding layer's bias includes the removed elements.
  case largest(Int)

  /// The number of largest elements of each sample that pass; nil for drawn multipliers.
  var largest: Int? { if case .largest(let k) = self { k } else { nil } }
}
