import Documents
import TextureDataset

/// Weights as the tensors of a file, and back.
extension ParameterLayout {
  /// The tensors that `nn.Sequential.load_state_dict` takes.
  ///
  /// - Parameter values: all parameters, as this layout has them.
  /// - Precondition: ``count`` values.
  public func tensors(_ values: [Float]) -> [Safetensors.Tensor] {
    precondition(values.count == count, "expected \(count) values")
    return entries.map { Safetensors.Tensor(name: $0.name, shape: $0.shape, values: Array(values[$0.range])) }
  }

  /// All parameters, as this layout has them.
  ///
  /// - Parameters:
  ///   - file: of these tensors and no others.
  ///   - name: the file's, for the message.
  /// - Throws: ``BackdropError`` with code `.foreignWeights`, `.invalidFile` where one is not a finite number, or
  ///   `.memory`.
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
          "\(name): has no tensor \(entry.name.quoted) of shape \(entry.shape); it is another network's")
      }
      guard tensor.shape == entry.shape else {
        throw BackdropError(
          .foreignWeights,
          "\(name): the tensor \(entry.name.quoted) has shape \(tensor.shape), expected \(entry.shape); it is another network's"
        )
      }
      try tensor.checkIsFinite(file: name)
      values += tensor.values
    }
    if let surplus = found.keys.min() {
      throw BackdropError(
        .foreignWeights,
        "\(name): has a tensor \(surplus.quoted), which the network has not\(found.count > 1 ? ", and \(found.count - 1) more" : ""); it is another network's"
      )
    }
    return values
  }
}

extension Safetensors.Tensor {
  /// Refuses weights with which nothing can be computed.
  ///
  /// - Throws: ``BackdropError`` with code `.invalidFile`.
  func checkIsFinite(file path: String) throws(BackdropError) {
    guard let value = values.first(where: { !$0.isFinite }) else { return }
    throw BackdropError(
      .invalidFile,
      "\(path): the tensor \(name.quoted) has an element that is \(value.isNaN ? "not a number" : "infinite"); "
        + "these are weights of a training that diverged, or damaged ones")
  }
}
