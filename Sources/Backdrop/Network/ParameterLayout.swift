/// The layout of a network's parameters in one flat array, with the order and the names of PyTorch's `nn.Sequential`.
public struct ParameterLayout: Equatable, Sendable {
  /// One tensor.
  public struct Entry: Equatable, Sendable {
    /// The layer's index and the kind of parameter, such as "0.weight".
    public let name: String
    /// (out, in, kernel, kernel) for a convolution's weight, (out, in) for a linear layer's, (out) for a bias.
    public let shape: [Int]
    /// The index of its first element.
    public let offset: Int

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }
    /// The range of its elements.
    public var range: Range<Int> { offset..<offset + count }
  }

  /// The tensors in order, without gaps.
  public let entries: [Entry]

  /// The number of elements of all tensors.
  public var count: Int { entries.last?.range.upperBound ?? 0 }

  init(entries: [Entry]) { self.entries = entries }

  /// The tensor with a name; nil if there is none.
  public func entry(named name: String) -> Entry? { entries.first { $0.name == name } }
}
