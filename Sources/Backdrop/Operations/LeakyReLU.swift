import Documents

/// `nn.LeakyReLU`: y = x for x > 0, slope x elsewhere.
struct LeakyReLU: Operation {
  /// dy/dx for x <= 0, from 0 to 1.
  var slope: Double

  static let name = "leaky_relu"
  static let keys = [slopeKey]
  /// PyTorch's default.
  static let defaultSlope = 0.01
  private static let slopeKey = LayerKey(name: "slope", expectation: "a number from 0 to 1")

  init(slope: Double) { self.slope = slope }

  init(reading reader: LayerReader) throws(DocumentError) {
    slope = try reader.number(Self.slopeKey, default: Self.defaultSlope)
  }

  var values: [String?] { [slope.shortest] }

  func check() throws(BackdropError) {
    guard (0...1).contains(slope) else {
      throw BackdropError(
        .invalidNetwork, "`slope`: found \(slope), expected \(Self.slopeKey.expectation)")
    }
  }

  /// - Source: He, Zhang, Ren and Sun (2015), equation 15.
  var varianceGain: Double { 2 / (1 + slope * slope) }

  func makeKernel(
    input: TensorShape, output: TensorShape, padding: Int, keeps: Bool, _ bound: BoundOperation,
    _ store: ParameterStore, _ context: ComputeContext
  ) throws(BackdropError) -> any OperationKernel {
    try ReLU.Kernel(output, slope: Float(slope), context)
  }
}

extension Layer {
  /// `nn.LeakyReLU`: y = x for x > 0, slope x elsewhere.
  ///
  /// - Parameter slope: from 0 to 1.
  public static func leakyReLU(_ slope: Double = 0.01) -> Layer { Layer(LeakyReLU(slope: slope)) }
}
