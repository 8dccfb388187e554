/// Where the parameters of a network stand in one flat array: in the order, and with the names, of PyTorch's
/// `nn.Sequential`.
public struct ParameterLayout: Equatable, Sendable {
  /// One tensor.
  public struct Entry: Equatable, Sendable {
    /// "0.weight", say: the layer's index, and what it is.
    public let name: String
    /// (out, in, kernel, kernel) for a convolution's weight, (out, in) for a linear layer's, (out) for a bias.
    public let shape: [Int]
    /// Where its first element stands.
    public let offset: Int

    /// The number of its elements.
    public var count: Int { shape.reduce(1, *) }
    /// Where its elements stand.
    public var range: Range<Int> { offset..<offset + count }
  }

  /// In order, without gaps.
  public let entries: [Entry]

  /// The elements of all tensors.
  public var count: Int { entries.last?.range.upperBound ?? 0 }

  init(entries: [Entry]) { self.entries = entries }

  /// The tensor of that name, where there is one.
  public func entry(named name: String) -> Entry? { entries.first { $0.name == name } }
}
