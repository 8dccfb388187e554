import Documents
import TextureDataset

/// Conversion between weights and the tensors of a file.
extension ParameterLayout {
  /// The tensors that `nn.Sequential.load_state_dict` takes.
  ///
  /// - Parameter values: all parameters, in the order of this layout.
  /// - Precondition: ``count`` values.
  public func tensors(_ values: [Float]) -> [Safetensors.Tensor] {
    precondition(values.count == count, "expected \(count) values")
    return entries.map { Safetensors.Tensor(name: $0.name, shape: $0.shape, values: Array(values[$0.range])) }
  }

  /// All parameters of a file, in the order of this layout.
  ///
  /// - Parameters:
  ///   - file: a file with exactly this layout's tensors.
  ///   - name: the file's name, for error messages.
  /// - Throws: ``BackdropError`` with code `.foreignWeights`, `.invalidFile` if a weight is not finite, or `.memory`.
  public func values(of file: Safetensors, file name: String) throws(BackdropError) -> [Float] {
    var found: [String: Safetensors.Tensor] = [:]
    for tensor in file.tensors { found[tensor.name] = tensor }
    try checkRoom(for: count)
    var values: [Float] = []
    values.reserveCapacity(count)
    for entry in entries {
      guard let tensor = found.removeValue(forKey: entry.name) else {
        throw BackdropError(
          .foreignWeights,
          "\(name): has no tensor \(entry.name.quoted) of shape \(entry.shape); it belongs to another network")
      }
      guard tensor.shape == entry.shape else {
        throw BackdropError(
          .foreignWeights,
          "\(name): the tensor \(entry.name.quoted) has shape \(tensor.shape), expected \(entry.shape); it belongs to"
            + " another network")
      }
      try tensor.checkIsFinite(file: name)
      values += tensor.values
    }
    if let surplus = found.keys.min() {
      let others = found.count > 1 ? " and \(counted(found.count - 1, "other tensor"))" : ""
      throw BackdropError(
        .foreignWeights,
        "\(name): has a tensor \(surplus.quoted)\(others) that the network does not have; it belongs to another network"
      )
    }
    return values
  }
}

extension Safetensors.Tensor {
  /// Refuses weights that are infinite or not a number.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidFile`.
  func checkIsFinite(file path: String) throws(BackdropError) {
    guard let value = values.first(where: { !$0.isFinite }) else { return }
    throw BackdropError(
      .invalidFile,
      "\(path): the tensor \(name.quoted) has an element that is \(value.isNaN ? "not a number" : "infinite"); "
        + "the training diverged, or the file is damaged")
  }
}
