import Documents

/// One kind of layer: its spelling in a network file, its effect on shapes, and its kernel.
///
/// To add a kind, write a type that conforms, add it to ``OperationTable/all``, and describe it in
/// `schemas/network.schema.json`. What most kinds have in common has a default below.
///
/// Legend: B samples, C channels, H height, W width.
protocol Operation: Equatable, Sendable {
  /// In a network file: `max_pool`, say.
  static var name: String { get }
  /// Its keys in a network file, in the order in which they are written.
  static var keys: [LayerKey] { get }
  /// Reads the values of the keys; ``check()`` checks their ranges.
  init(reading reader: LayerReader) throws(DocumentError)
  /// The values of ``keys``, in their order, as a network file spells them; nil for a key that is left out.
  var values: [String?] { get }

  /// Checks what can be checked without the input's shape.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`.
  func check() throws(BackdropError)
  /// Checks its place among the layers of a network, which have all passed ``check()``.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidNetwork`.
  func check(at index: Int, in layers: [Layer]) throws(BackdropError)
  /// The shape of one sample's output.
  ///
  /// - Parameter isFlat: whether a flatten or linear layer precedes the input; set where this is one.
  func outputShape(of input: Shape, isFlat: inout Bool) throws(Misfit) -> Shape
  /// The weight's shape as PyTorch has it: the outputs, the inputs, and a kernel's height and width where there is one.
  /// nil without parameters; a layer with a weight has a bias of as many numbers as there are outputs.
  func weightShape(input: Shape) -> [Int]?
  /// The factor by which the variance of the preceding layer's weights must grow to keep the size of activations: 2
  /// for a ReLU, which passes half of the mean square, and 1 for the identity.
  var varianceGain: Double { get }

  /// Whether the layer acts on gradients alone.
  var isIdentityForward: Bool { get }
  /// Which elements of the input one output depends on; nil where that is not a window.
  var receptiveField: ReceptiveField? { get }
  /// What a window reads outside the input.
  var paddingValue: Float { get }
  /// Whether the backward pass needs what the forward pass left behind besides its input and output.
  var keepsState: Bool { get }
  /// Multiply-adds of one sample's forward pass.
  ///
  /// - Parameter outputs: the outputs computed in each channel, which may be a part of the map.
  func multiplyAdds(input: Shape, output: Shape, outputs: Int) -> Double
  /// The order of the output's elements in memory.
  ///
  /// - Parameters:
  ///   - input: the order of the input's elements.
  ///   - convolutions: the order that convolutions prefer.
  func outputLayout(from input: TensorLayout, convolutions: TensorLayout) -> TensorLayout

  /// How the layer thins the gradient, where the backward pass can omit the work for the rest; nil for most kinds.
  var gradientFilter: GradientFilter? { get }
  /// The multipliers of one training step: of the gradient, and for dropout of the activations too. nil for most kinds.
  ///
  /// - Parameters:
  ///   - samples: those whose multipliers are wanted, by their places in the batch.
  ///   - batch: samples of the whole batch.
  ///   - shape: of one sample's activation.
  ///   - step: of the training, from 0.
  ///   - layer: its index in the network.
  func mask(samples: Range<Int>, of batch: Int, shape: Shape, seed: UInt64, step: Int, layer: Int) -> Mask?
  /// The numbers that ``mask(samples:of:shape:seed:step:layer:)`` draws for one sample; 0 for most kinds.
  ///
  /// - Parameter shape: of one sample's activation.
  func maskedElements(_ shape: Shape) -> Int
  /// The same without random masks and dropout.
  var withoutNoise: Self { get }

  /// This operation and the next as one; nil where they must run separately.
  func fused(with next: any Operation) -> (any Operation)?
  /// Whether a ReLU is part of it, as ``fused(with:)`` makes it.
  var fusesReLU: Bool { get }
  /// Whether the output is the input, so that nothing has to run.
  func isIdentity(on input: Shape) -> Bool
  /// The computation on fixed shapes.
  ///
  /// - Parameters:
  ///   - padding: above and left of the input; 0 for windows that contain their padding.
  ///   - keeps: whether a backward pass will follow.
  ///   - bound: this operation at its place in the network.
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

  /// Whether the other is of the same kind with the same values.
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

/// A layer that acts on gradients alone: the identity forward, multiplied by its mask backward.
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
  /// By the multipliers of ``Operation/mask(samples:of:shape:seed:step:layer:)``, which are known before the step.
  case drawn
  /// To so many elements of each sample, those of largest magnitude, which the backward pass finds. What is removed belongs
  /// to the gradient of the preceding layer's bias all the same.
  case largest(Int)

  /// How many elements of each sample pass, where those are the largest.
  var largest: Int? { if case .largest(let k) = self { k } else { nil } }
}
