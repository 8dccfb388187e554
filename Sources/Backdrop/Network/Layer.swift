/// A layer of a network, equivalent to a module in PyTorch's `nn.Sequential`.
///
///     .convolution(64, kernel: 5, stride: 2, padding: 2)
///     .relu
///     .backdrop(0.9)
///
/// Each kind of layer has a function or property that creates it.
public struct Layer: Equatable, Sendable {
  let operation: any Operation

  init(_ operation: any Operation) { self.operation = operation }

  /// The layer's name in a network file.
  var name: String { type(of: operation).name }

  /// Whether both layers are of the same kind, with the same values.
  public static func == (a: Layer, b: Layer) -> Bool { a.operation.isEqual(to: b.operation) }
}
